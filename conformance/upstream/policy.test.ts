import assert from 'node:assert/strict'
import { eventually as eventuallyWithin } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Refusal } from './harness/http.ts'
import { namesOf, podsRun } from './harness/objects.ts'
import { pod } from './harness/pods.ts'
import type { Trial } from './harness/trial.ts'

/** These are controllers alone; no container has to start. */
const eventually = <T>(ask: () => T | Promise<T>): Promise<T> => eventuallyWithin(ask, 12_000)

const labels = { foo: 'bar' }
const budget = (name: string, minAvailable: number, more: Record<string, string> = {}) => ({
  metadata: { name, labels: { ...labels, ...more } },
  spec: { minAvailable, selector: { matchLabels: labels } },
})

/** The disruption controller has seen the budget. */
const processed = (t: Trial, name: string): Promise<void> =>
  eventually(async () => {
    const it = await t.of('poddisruptionbudgets').get(name)
    assert.ok((it.status?.observedGeneration ?? 0) >= it.metadata!.generation!)
  })

const evict = (t: Trial, name: string): Promise<unknown> =>
  t.http.send('POST', `${t.of('pods').path}/${name}/eviction`, {
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } },
  })

async function pods(t: Trial, count: number): Promise<string[]> {
  for (let index = 0; index < count; index++) await t.of('pods').create(pod(`pod-${index}`, {}, labels))
  return podsRun(t, 'foo=bar', count)
}

conformance('sig-apps', 'DisruptionController', {
  'Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets': async t => {
    const more = { 'e2e-set': t.namespace }
    const another = await t.anotherNamespace()
    for (const name of ['foo1', 'foo2']) await t.of('poddisruptionbudgets').create(budget(name, 2, more))
    await t.of('poddisruptionbudgets', another).create(budget('foo3', 2, more))
    const selector = `e2e-set=${t.namespace}`
    assert.equal((await t.of('poddisruptionbudgets', '').items(selector)).length, 3)
    await t.of('poddisruptionbudgets').deleteCollection(selector)
    assert.deepEqual(namesOf(await t.of('poddisruptionbudgets', '').items(selector)), ['foo3'])
  },

  'should create a PodDisruptionBudget': async t => {
    const budgets = t.of('poddisruptionbudgets')
    await budgets.create(budget('it', 1))
    await processed(t, 'it')
    const updated = await budgets.change('it', it => {
      it.spec!.minAvailable = 2
    })
    assert.equal(updated.spec?.minAvailable, 2)
    await processed(t, 'it')
    const patched = await budgets.patch('it', { spec: { minAvailable: '3%' } }, { type: 'strategic' })
    assert.equal(patched.spec?.minAvailable, '3%')
    await processed(t, 'it')
    await budgets.delete('it')
    await budgets.isGone('it')
  },

  'should observe PodDisruptionBudget status updated': async t => {
    await t.of('poddisruptionbudgets').create(budget('it', 1))
    await pods(t, 3)
    await eventually(async () => assert.ok(((await t.of('poddisruptionbudgets').get('it')).status?.disruptionsAllowed ?? 0) > 0))
  },

  'should update/patch PodDisruptionBudget status': async t => {
    const budgets = t.of('poddisruptionbudgets')
    await budgets.create(budget('it', 1))
    await processed(t, 'it')
    const [name] = await pods(t, 1)
    const disruptedPods = { [name!]: new Date(Date.now()).toISOString().replace(/\.\d+/, '') }
    await budgets.change(
      'it',
      it => {
        it.status = { ...it.status!, disruptedPods }
      },
      'status',
    )
    assert.deepEqual(Object.keys((await budgets.get('it', 'status')).status?.disruptedPods ?? {}), [name])
    const patched = await budgets.patch('it', { status: { disruptedPods: { [name!]: null } } }, { of: 'status' })
    assert.deepEqual(Object.keys(patched.status?.disruptedPods ?? {}), [])
  },

  'should block an eviction until the PDB is updated to allow it': async t => {
    await t.of('poddisruptionbudgets').create(budget('it', 3))
    await processed(t, 'it')
    const [name] = await pods(t, 3)
    await eventually(async () => assert.equal((await t.of('poddisruptionbudgets').get('it')).status?.currentHealthy, 3))
    const blocked = (error: Refusal): boolean => error.code === 429 && /DisruptionBudget/.test(JSON.stringify(error.status))
    await assert.rejects(evict(t, name!), blocked)
    await t.of('poddisruptionbudgets').patch('it', { spec: { minAvailable: 2 } })
    await eventually(() => evict(t, name!))
    await t.of('pods').create(pod('pod-3', {}, labels))
    await podsRun(t, 'foo=bar', 3)
    await t.of('poddisruptionbudgets').patch('it', { spec: { minAvailable: 3 } })
    await eventually(async () => assert.equal((await t.of('poddisruptionbudgets').get('it')).status?.disruptionsAllowed, 0))
    await assert.rejects(evict(t, 'pod-3'), blocked)
    await t.of('poddisruptionbudgets').delete('it')
    await eventually(() => evict(t, 'pod-3'))
  },
})
