import assert from 'node:assert/strict'
import type { V1Deployment, V1ReplicaSet } from '@kubernetes/client-node'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Draft } from './harness/door.ts'
import type { Wire } from './harness/kinds.ts'
import { isLater, podsRun, rs, scaleWorks, setSpec, statusIsReplacedAndPatched } from './harness/objects.ts'
import type { PodSpec } from './harness/pods.ts'
import type { Trial } from './harness/trial.ts'

const revision = 'deployment.kubernetes.io/revision'
type Spec = NonNullable<Draft<Wire<V1Deployment>>['spec']>

const deployment = (name: string, replicas: number, spec: Spec = {}, pods: PodSpec = {}): Draft<Wire<V1Deployment>> => ({
  metadata: { name, labels: { name } },
  spec: { ...setSpec(replicas, { name: 'it' }, pods), ...spec },
})

/** No node has this: its pods never start, as if there were no such image. */
const nowhere: PodSpec = { nodeSelector: { nowhere: 'true' } }

/** Waits until a Deployment has done all that it has to do. */
const complete = (t: Trial, name: string, longestMs = 60_000): Promise<Wire<V1Deployment>> =>
  eventually(async () => {
    const it = await t.of('deployments').get(name)
    const { spec, status, metadata } = it
    const wanted = spec?.replicas
    assert.deepEqual(
      [status?.observedGeneration, status?.updatedReplicas, status?.replicas, status?.availableReplicas],
      [metadata?.generation, wanted, wanted, wanted],
    )
    return it
  }, longestMs)

const setWith = (t: Trial, test: (set: Wire<V1ReplicaSet>) => boolean): Promise<Wire<V1ReplicaSet>> =>
  eventually(async () => {
    const found = (await t.of('replicasets').items()).find(test)
    assert.ok(found)
    return found
  })

const setHas = (t: Trial, name: string, replicas: number, available?: number): Promise<void> =>
  eventually(async () => {
    const { spec, status } = await t.of('replicasets').get(name)
    assert.equal(spec?.replicas, replicas)
    assert.equal(status?.replicas, replicas)
    if (available !== undefined) assert.equal(status?.availableReplicas ?? 0, available)
  }, 60_000)

const change = (t: Trial, image: string): Promise<unknown> =>
  t.of('deployments').change('it', it => {
    it.spec!.template.spec!.containers[0]!.image = image
    delete it.spec!.template.spec!.nodeSelector
  })

conformance('sig-apps', 'Deployment', {
  'RollingUpdateDeployment should delete old pods and create new ones': async t => {
    const old = rs('test-rolling-update-controller', 1, { name: 'it', pod: 'httpd' })
    await t
      .of('replicasets')
      .create({ ...old, metadata: { ...old.metadata, annotations: { [revision]: '3546343826724305832' } } })
    await podsRun(t, 'name=it', 1)
    await t.of('deployments').create(deployment('it', 1))
    const done = await complete(t, 'it')
    assert.equal(done.metadata?.annotations?.[revision], '3546343826724305833')
    await setHas(t, 'test-rolling-update-controller', 0)
  },

  'RecreateDeployment should delete old pods and create new ones': async t => {
    await t.of('deployments').create(deployment('it', 1, { strategy: { type: 'Recreate' } }))
    const first = await complete(t, 'it')
    assert.equal(first.metadata?.annotations?.[revision], '1')
    const { metadata } = await t.of('pods').list('name=it')
    const watching = await t.of('pods').watch({ labelSelector: 'name=it', resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    await change(t, 'pinnace-test/busybox:2')
    await complete(t, 'it')
    // No new pod while an old one runs.
    const news = watching.news.filter(({ type, object }) => type !== 'MODIFIED' || object.status?.phase === 'Running')
    assert.deepEqual(
      news.filter(({ type }) => type !== 'MODIFIED').map(({ type }) => type),
      ['DELETED', 'ADDED'],
    )
  },

  'deployment should delete old replica sets': async t => {
    await t.of('replicasets').create(rs('test-cleanup-controller', 1, { name: 'it', pod: 'httpd' }))
    await podsRun(t, 'name=it', 1)
    const { metadata } = await t.of('pods').list()
    const watching = await t.of('pods').watch({ resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    await t.of('deployments').create(deployment('it', 1, { revisionHistoryLimit: 0 }))
    await eventually(() => t.of('replicasets').isGone('test-cleanup-controller'), 60_000)
    assert.equal(watching.news.filter(({ type }) => type === 'ADDED').length, 1)
  },

  'deployment should support rollover': async t => {
    await t.of('replicasets').create(rs('test-rollover-controller', 1, { name: 'it', pod: 'httpd' }))
    await podsRun(t, 'name=it', 1)
    await setHas(t, 'test-rollover-controller', 1, 1)
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
    await t.of('deployments').create(deployment('it', 1, { minReadySeconds: 3, strategy }, nowhere))
    const stuck = await setWith(t, it => it.metadata?.name !== 'test-rollover-controller')
    await setHas(t, 'test-rollover-controller', 1)
    await setHas(t, stuck.metadata!.name!, 1, 0)
    assert.equal((await t.of('deployments').get('it')).metadata?.annotations?.[revision], '1')
    await change(t, 'pinnace-test/busybox:2')
    const done = await complete(t, 'it')
    assert.equal(done.metadata?.annotations?.[revision], '2')
    await setHas(t, 'test-rollover-controller', 0)
    await setHas(t, stuck.metadata!.name!, 0)
  },

  'deployment should support proportional scaling': async t => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } }
    await t.of('deployments').create(deployment('it', 10, { strategy }))
    await complete(t, 'it')
    const first = (await setWith(t, () => true)).metadata!.name!
    await t.of('deployments').change('it', it => {
      it.spec!.template.spec!.nodeSelector = { nowhere: 'true' }
    })
    const second = (await setWith(t, it => it.metadata?.name !== first)).metadata!.name!
    await setHas(t, first, 8, 8)
    await setHas(t, second, 5, 0)
    assert.ok((await t.of('deployments').get('it')).status!.availableReplicas! >= 8)
    await t.of('deployments').patch('it', { spec: { replicas: 30 } })
    // 20 more, shared as 8 to 5.
    await setHas(t, first, 20)
    await setHas(t, second, 13)
  },

  'Deployment should have a working scale subresource': async t => {
    await t.of('deployments').create(deployment('it', 1))
    await complete(t, 'it')
    await scaleWorks(t.of('deployments'), 'it')
  },

  'should validate Deployment Status endpoints': async t => {
    await t.of('deployments').create(deployment('it', 1))
    await complete(t, 'it')
    await statusIsReplacedAndPatched(t.of('deployments'), 'it')
  },

  'should run the lifecycle of a Deployment': async t => {
    const deployments = t.of('deployments')
    const selector = 'test-deployment-static=true'
    const { metadata } = await t.of('deployments', '').list(selector)
    const watching = await deployments.watch({ labelSelector: selector, resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    const made = deployment('it', 2)
    const created = await deployments.create({ ...made, metadata: { name: 'it', labels: { 'test-deployment-static': 'true' } } })
    await watching.until('ADDED')
    const has = (count: number): Promise<unknown> =>
      watching.until(
        'MODIFIED',
        ({ status }) => status?.readyReplicas === count && status.updatedReplicas === count && !status.unavailableReplicas,
        60_000,
      )
    await has(2)
    const containers = [{ name: 'main', image: 'pinnace-test/busybox:2' }]
    const patch = {
      metadata: { labels: { 'test-deployment': 'patched' } },
      spec: { replicas: 1, template: { spec: { containers } } },
    }
    isLater(await deployments.patch('it', patch, { type: 'strategic' }), created)
    await has(1)
    const found = await t.of('deployments', '').items(selector)
    assert.ok(found.some(it => it.metadata?.namespace === t.namespace && it.metadata.labels?.['test-deployment'] === 'patched'))
    const updated = await deployments.change('it', it => {
      it.metadata!.labels!['test-deployment'] = 'updated'
      it.spec!.replicas = 2
      it.spec!.template.spec!.containers[0]!.image = 'pinnace-test/busybox:1'
    })
    assert.equal(updated.metadata?.labels?.['test-deployment'], 'updated')
    assert.equal((await deployments.get('it', 'status')).metadata?.name, 'it')
    // While it rolls, two are available for a moment, and no fewer can be ready.
    await has(2)
    const none = { readyReplicas: 0, availableReplicas: 0 }
    const patched = await deployments.patch('it', { status: none }, { type: 'strategic', of: 'status' })
    assert.ok(!patched.status?.readyReplicas && !patched.status?.availableReplicas)
    await watching.until('MODIFIED', ({ status }) => !status?.readyReplicas)
    // The controller puts right what was said of it.
    await has(2)
    await deployments.deleteCollection(selector)
    await watching.until('DELETED')
  },
})
