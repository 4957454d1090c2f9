import assert from 'node:assert/strict'
import { conformance } from './harness/conformance.ts'
import { isLater, namesOf } from './harness/objects.ts'
import type { Trial } from './harness/trial.ts'

const names = ['test-event-1', 'test-event-2', 'test-event-3']

/** An event as core/v1 has it. */
const event = (t: Trial, name: string, label: string) => ({
  metadata: { name, labels: { [label]: 'true' } },
  message: `This is ${name}`,
  reason: 'Test',
  type: 'Normal',
  count: 1,
  involvedObject: { namespace: t.namespace },
})

/** An event as events.k8s.io/v1 has it. */
const newEvent = (t: Trial, name: string, label: string) => ({
  metadata: { name, labels: { [label]: 'true' } },
  regarding: { namespace: t.namespace },
  eventTime: '2017-09-19T13:49:16.000000Z',
  note: `This is ${name}`,
  action: 'Do',
  reason: 'Test',
  type: 'Normal',
  reportingController: 'test-controller',
  reportingInstance: 'test-node',
})

const series = (count: number) => ({ count, lastObservedTime: '2017-09-19T13:49:11.000000Z' })

/** An object without what the server sets. */
const bare = (it: { metadata?: object }): object => ({
  ...it,
  metadata: { ...it.metadata, resourceVersion: '', managedFields: [] },
})

conformance('sig-instrumentation', 'Events', {
  'should manage the lifecycle of an event': async t => {
    const events = t.of('events')
    await events.create(event(t, 'it', 'testevent-constant'))
    const everywhere = async (): Promise<boolean> =>
      (await t.of('events', '').items('testevent-constant=true')).some(it => it.metadata?.namespace === t.namespace)
    assert.ok(await everywhere())
    await events.patch('it', { message: 'This is a test event - patched' }, { type: 'strategic' })
    const patched = await events.get('it')
    assert.equal(patched.message, 'This is a test event - patched')
    patched.series = series(100)
    delete patched.metadata!.resourceVersion
    await events.update(patched)
    assert.deepEqual(bare(await events.get('it')), bare(patched))
    await events.delete('it')
    assert.ok(!(await everywhere()))
  },

  'should delete a collection of events': async t => {
    for (const name of names) await t.of('events').create(event(t, name, 'testevent-set'))
    assert.deepEqual(namesOf(await t.of('events').items('testevent-set=true')), names)
    await t.of('events').deleteCollection('testevent-set=true')
    assert.deepEqual(await t.of('events').items('testevent-set=true'), [])
  },
})

conformance('sig-instrumentation', 'Events API', {
  'should ensure that an event can be fetched, patched, deleted, and listed': async t => {
    const events = t.of('events.events.k8s.io')
    const created = await events.create(newEvent(t, 'it', 'testevent-constant'))
    const isThere = async (namespace: string): Promise<boolean> =>
      (await t.of('events.events.k8s.io', namespace).items('testevent-constant=true')).some(
        it => it.metadata?.namespace === t.namespace,
      )
    assert.deepEqual([await isThere(''), await isThere(t.namespace)], [true, true])
    assert.deepEqual(namesOf(await t.of('events').items({ fieldSelector: 'source=test-controller' })), ['it'])
    assert.deepEqual(namesOf(await events.items({ fieldSelector: 'reportingController=test-controller' })), ['it'])
    const before = await events.get('it')
    await events.patch('it', { series: series(2) }, { type: 'strategic' })
    const patched = await events.get('it')
    isLater(patched, created)
    assert.deepEqual(bare(patched), bare({ ...before, series: series(2) } as object))
    patched.series = series(100)
    delete patched.metadata!.resourceVersion
    await events.update(patched)
    assert.deepEqual(bare(await events.get('it')), bare(patched))
    await events.delete('it')
    assert.deepEqual([await isThere(''), await isThere(t.namespace)], [false, false])
  },

  'should delete a collection of events': async t => {
    const events = t.of('events.events.k8s.io')
    for (const name of names) await events.create(newEvent(t, name, 'testevent-set'))
    assert.deepEqual(namesOf(await events.items('testevent-set=true')), names)
    await events.deleteCollection('testevent-set=true')
    assert.deepEqual(await events.items('testevent-set=true'), [])
  },
})
