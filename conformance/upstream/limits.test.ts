import assert from 'node:assert/strict'
import { eventually as eventuallyWithin } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Refusal } from './harness/http.ts'
import { isLater, namesOf, rc, rs } from './harness/objects.ts'
import { idle, pod } from './harness/pods.ts'
import type { Trial } from './harness/trial.ts'

/** These are controllers alone; no container has to start. */
const eventually = <T>(ask: () => T | Promise<T>): Promise<T> => eventuallyWithin(ask, 12_000)

const amounts = (cpu: string, memory: string, storage: string) => ({ cpu, memory, 'ephemeral-storage': storage })
const limits = {
  type: 'Container',
  min: amounts('50m', '100Mi', '100Gi'),
  max: amounts('500m', '500Mi', '500Gi'),
  default: amounts('500m', '500Mi', '500Gi'),
  defaultRequest: amounts('100m', '200Mi', '200Gi'),
}

conformance('sig-scheduling', 'LimitRange', {
  'should create a LimitRange with defaults and ensure pod has those defaults applied.': async t => {
    const ranges = t.of('limitranges')
    const { metadata } = await ranges.list('time=now')
    const watching = await ranges.watch({ labelSelector: 'time=now', resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    await ranges.create({ metadata: { name: 'it', labels: { time: 'now' } }, spec: { limits: [limits] } })
    await watching.until('ADDED')
    const [item] = (await ranges.get('it')).spec!.limits
    assert.deepEqual(
      [item?.defaultRequest, item?._default ?? (item as unknown as typeof limits)?.default],
      [limits.defaultRequest, limits.default],
    )
    const create = (name: string, resources: object): Promise<unknown> =>
      t.of('pods').create(pod(name, { containers: [idle({ resources })] }))
    await create('none', {})
    assert.deepEqual((await t.of('pods').get('none')).spec?.containers[0]?.resources, {
      requests: limits.defaultRequest,
      limits: limits.default,
    })
    const partial = { requests: amounts('300m', '150Mi', '150Gi'), limits: { cpu: '300m', 'ephemeral-storage': '300Gi' } }
    await create('partial', partial)
    assert.deepEqual((await t.of('pods').get('partial')).spec?.containers[0]?.resources, {
      requests: partial.requests,
      limits: { ...limits.default, ...partial.limits },
    })
    const forbidden = (error: Refusal): boolean => error.code === 403
    await assert.rejects(create('too-little', { requests: amounts('10m', '50Mi', '50Gi') }), forbidden)
    await assert.rejects(
      create('too-much', { requests: amounts('600m', '600Mi', '600Gi'), limits: amounts('600m', '600Mi', '600Gi') }),
      forbidden,
    )
    const min = amounts('9m', '49Mi', '49Gi')
    await ranges.patch('it', { spec: { limits: [{ ...limits, min }] } })
    await eventually(() => create('little', { requests: amounts('10m', '50Mi', '50Gi') }))
    await assert.rejects(
      create('still-too-much', { requests: amounts('600m', '600Mi', '600Gi'), limits: amounts('600m', '600Mi', '600Gi') }),
      forbidden,
    )
    await ranges.delete('it')
    await watching.until('DELETED')
    await eventually(() =>
      create('much', { requests: amounts('600m', '600Mi', '600Gi'), limits: amounts('600m', '600Mi', '600Gi') }),
    )
  },

  'should list, patch and delete a LimitRange by collection': async t => {
    const ranges = t.of('limitranges')
    const another = await t.anotherNamespace()
    const made = { metadata: { name: 'it', labels: { 'e2e-test': t.namespace, state: 'created' } }, spec: { limits: [limits] } }
    const created = await ranges.create(made)
    await t.of('limitranges', another).create(made)
    const selector = `e2e-test=${t.namespace}`
    assert.equal((await t.of('limitranges', '').items(selector)).length, 2)
    const min = amounts('9m', '49Mi', '49Gi')
    const patch = { metadata: { labels: { state: 'patched' } }, spec: { limits: [{ ...limits, min }] } }
    const patched = await ranges.patch('it', patch, { type: 'strategic' })
    assert.deepEqual([patched.metadata?.labels?.state, patched.spec?.limits[0]?.min], ['patched', min])
    isLater(patched, created)
    await ranges.deleteCollection(`${selector},state=patched`)
    await eventually(() => ranges.isGone('it'))
    assert.deepEqual(namesOf(await t.of('limitranges', '').items(selector)), ['it'])
  },
})

/** Waits until a quota says what is used. */
const used = (t: Trial, wanted: Record<string, string>, name = 'it'): Promise<void> =>
  eventually(async () => {
    const { status } = await t.of('resourcequotas').get(name)
    for (const [resource, amount] of Object.entries(wanted)) assert.equal(status?.used?.[resource], amount, resource)
  })

const quota = (t: Trial, hard: Record<string, string>): Promise<unknown> =>
  t.of('resourcequotas').create({ metadata: { name: 'it' }, spec: { hard } })

/** The number of objects that there are before and after one more. */
const life = (resource: string, make: (t: Trial) => Promise<unknown>, remove: (t: Trial) => Promise<unknown>, before = 0) => {
  return async (t: Trial): Promise<void> => {
    await quota(t, { [resource]: `${before + 5}` })
    await used(t, { [resource]: `${before}` })
    await make(t)
    await used(t, { [resource]: `${before + 1}` })
    await remove(t)
    await used(t, { [resource]: `${before}` })
  }
}

/** Quotas of two scopes that exclude each other: a pod counts in the first with `spec`, and in the second with `container` and without. */
async function scoped(t: Trial, scopes: readonly [string, string], spec: object, container: object): Promise<void> {
  const [first, second] = scopes
  for (const scope of scopes)
    await t
      .of('resourcequotas')
      .create({ metadata: { name: scope.toLowerCase() }, spec: { hard: { pods: '5' }, scopes: [scope] } })
  const count = async (inFirst: string, inSecond: string): Promise<void> => {
    await used(t, { pods: inFirst }, first.toLowerCase())
    await used(t, { pods: inSecond }, second.toLowerCase())
  }
  await count('0', '0')
  await t.of('pods').create(pod('one', { ...spec, containers: [idle()] }))
  await count('1', '0')
  await t.of('pods').delete('one', { gracePeriodSeconds: 0 })
  await count('0', '0')
  await t.of('pods').create(pod('two', { containers: [idle(container)] }))
  await count('0', '1')
  await t.of('pods').delete('two', { gracePeriodSeconds: 0 })
  await count('0', '0')
}

conformance('sig-api-machinery', 'ResourceQuota', {
  'should create a ResourceQuota and ensure its status is promptly calculated.': async t => {
    await quota(t, { pods: '5', services: '10', resourcequotas: '1' })
    await used(t, { resourcequotas: '1' })
  },
  'should create a ResourceQuota and capture the life of a service.': async t => {
    const service = (name: string, type: string): Promise<unknown> =>
      t.of('services').create({ metadata: { name }, spec: { type, ports: [{ port: 80 }] } })
    await quota(t, { services: '2', 'services.nodeports': '1' })
    await used(t, { services: '0', 'services.nodeports': '0' })
    await service('one', 'ClusterIP')
    await service('two', 'NodePort')
    await used(t, { services: '2', 'services.nodeports': '1' })
    await assert.rejects(service('three', 'ClusterIP'), (error: Refusal) => error.code === 403)
    for (const name of ['one', 'two']) await t.of('services').delete(name)
    await used(t, { services: '0', 'services.nodeports': '0' })
  },
  'should create a ResourceQuota and capture the life of a secret.': life(
    'secrets',
    t => t.of('secrets').create({ metadata: { name: 'it' }, data: { key: 'dmFsdWU=' } }),
    t => t.of('secrets').delete('it'),
  ),
  'should create a ResourceQuota and capture the life of a configMap.': life(
    'configmaps',
    t => t.of('configmaps').create({ metadata: { name: 'it' }, data: { key: 'value' } }),
    t => t.of('configmaps').delete('it'),
    1,
  ),
  'should create a ResourceQuota and capture the life of a replication controller.': life(
    'replicationcontrollers',
    t => t.of('replicationcontrollers').create(rc('it', 0)),
    t => t.of('replicationcontrollers').delete('it'),
  ),
  'should create a ResourceQuota and capture the life of a replica set.': life(
    'count/replicasets.apps',
    t => t.of('replicasets').create(rs('it', 0)),
    t => t.of('replicasets').delete('it'),
  ),
  'should create a ResourceQuota and capture the life of a pod.': async t => {
    const create = (name: string, requests: Record<string, string>): Promise<unknown> =>
      t.of('pods').create(pod(name, { containers: [idle({ resources: { requests, limits: requests } })] }))
    await quota(t, { pods: '5', cpu: '1', memory: '500Mi' })
    await used(t, { pods: '0', cpu: '0', memory: '0' })
    await create('it', { cpu: '500m', memory: '252Mi' })
    await used(t, { pods: '1', cpu: '500m', memory: '252Mi' })
    const forbidden = (error: Refusal): boolean => error.code === 403
    await assert.rejects(create('fail', { cpu: '600m', memory: '100Mi' }), forbidden)
    await t.of('pods').delete('it', { gracePeriodSeconds: 0 })
    await used(t, { pods: '0', cpu: '0', memory: '0' })
  },
  'should verify ResourceQuota with terminating scopes.': t =>
    scoped(t, ['Terminating', 'NotTerminating'], { activeDeadlineSeconds: 3600 }, {}),
  'should verify ResourceQuota with best effort scope.': t =>
    scoped(t, ['BestEffort', 'NotBestEffort'], {}, { resources: { requests: { cpu: '500m' }, limits: { cpu: '1' } } }),
  'should be able to update and delete ResourceQuota.': async t => {
    await quota(t, { cpu: '1', memory: '500Mi' })
    assert.deepEqual((await t.of('resourcequotas').get('it')).spec?.hard, { cpu: '1', memory: '500Mi' })
    await t.of('resourcequotas').change('it', it => {
      it.spec!.hard = { cpu: '2', memory: '1Gi' }
    })
    assert.deepEqual((await t.of('resourcequotas').get('it')).spec?.hard, { cpu: '2', memory: '1Gi' })
    await t.of('resourcequotas').delete('it')
    await eventually(() => t.of('resourcequotas').isGone('it'))
  },
  'should manage the lifecycle of a ResourceQuota': async t => {
    const quotas = t.of('resourcequotas')
    await quotas.create({ metadata: { name: 'it', labels: { it: 'create' } }, spec: { hard: { cpu: '1', memory: '500Mi' } } })
    assert.deepEqual((await quotas.get('it')).spec?.hard, { cpu: '1', memory: '500Mi' })
    assert.ok((await t.of('resourcequotas', '').items('it')).some(({ metadata }) => metadata?.namespace === t.namespace))
    const patched = await quotas.patch(
      'it',
      { metadata: { labels: { it: 'patched' } }, spec: { hard: { memory: '750Mi' } } },
      { type: 'strategic' },
    )
    assert.deepEqual([patched.metadata?.labels?.it, patched.spec?.hard?.memory], ['patched', '750Mi'])
    await quotas.deleteCollection('it=patched')
    await eventually(() => quotas.isGone('it'))
  },
  'should apply changes to a resourcequota status': async t => {
    const quotas = t.of('resourcequotas')
    await quotas.create({ metadata: { name: 'it' }, spec: { hard: { cpu: '500m', memory: '500Mi' } } })
    await eventually(async () => assert.deepEqual((await quotas.get('it')).status?.hard, { cpu: '500m', memory: '500Mi' }))
    const spec = { cpu: '1', memory: '1Gi' }
    await quotas.change(
      'it',
      it => {
        it.status = { hard: spec }
      },
      'status',
    )
    await eventually(async () => assert.deepEqual((await quotas.get('it')).status?.hard, { cpu: '500m', memory: '500Mi' }))
    const patched = await quotas.patch('it', { status: { hard: { cpu: '2' } } }, { of: 'status' })
    assert.equal(patched.status?.hard?.cpu, '2')
    assert.deepEqual((await quotas.get('it', 'status')).spec?.hard, { cpu: '500m', memory: '500Mi' })
  },
})
