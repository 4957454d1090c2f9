import assert from 'node:assert/strict'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Thing } from './harness/door.ts'
import { hasCondition, isLater, podsRun, rc, rs, scaleWorks, statusIsReplacedAndPatched } from './harness/objects.ts'
import { pod, start } from './harness/pods.ts'
import type { Trial } from './harness/trial.ts'

interface Owned extends Thing {
  metadata?: Thing['metadata'] & { ownerReferences?: { controller?: boolean; uid: string }[] }
}

const controllerOf = ({ metadata }: Owned): string | undefined =>
  metadata?.ownerReferences?.find(({ controller }) => controller)?.uid

const isAdopted = (t: Trial, name: string, uid: string | undefined): Promise<void> =>
  eventually(async () => assert.equal(controllerOf((await t.of('pods').get(name)) as Owned), uid), 60_000)

/** Changes the label by which a pod is owned: its owner lets it go. */
async function isReleased(t: Trial, name: string, uid: string | undefined): Promise<void> {
  await t.of('pods').change(name, it => {
    it.metadata!.labels = { name: 'not-matching-name' }
  })
  await eventually(async () => assert.notEqual(controllerOf((await t.of('pods').get(name)) as Owned), uid), 60_000)
}

conformance('sig-apps', 'ReplicationController', {
  'should adopt matching pods on creation': async t => {
    await start(t, pod('pod-adoption', {}, { name: 'it' }))
    const { metadata } = await t.of('replicationcontrollers').create(rc('it', 1))
    await isAdopted(t, 'pod-adoption', metadata?.uid)
  },

  'should release no longer matching pods': async t => {
    const { metadata } = await t.of('replicationcontrollers').create(rc('it', 1))
    const [name] = await podsRun(t, 'name=it', 1)
    await isReleased(t, name!, metadata?.uid)
  },

  'should get and update a ReplicationController scale': async t => {
    const controllers = t.of('replicationcontrollers')
    await controllers.create(rc('it', 1))
    const has = (replicas: number): Promise<void> =>
      eventually(async () => assert.equal((await controllers.get('it')).status?.replicas, replicas), 60_000)
    await has(1)
    const scale = (await controllers.get('it', 'scale')) as unknown as {
      metadata: Thing['metadata']
      spec: { replicas: number }
      status: { replicas: number }
    }
    assert.equal(scale.status.replicas, 1)
    delete scale.metadata!.resourceVersion
    scale.spec.replicas = 2
    await controllers.update(scale as object as Awaited<ReturnType<typeof controllers.get>>, 'scale')
    await has(2)
  },

  'should surface a failure condition on a common issue like exceeded quota': async t => {
    const quotas = t.of('resourcequotas')
    await quotas.create({ metadata: { name: 'it' }, spec: { hard: { pods: '2' } } })
    await eventually(async () => assert.equal((await quotas.get('it')).status?.hard?.pods, '2'))
    const controllers = t.of('replicationcontrollers')
    await controllers.create(rc('it', 3))
    const fails = (wanted: boolean): Promise<void> =>
      eventually(async () => {
        const it = await controllers.get('it')
        assert.equal(it.status?.observedGeneration, it.metadata?.generation)
        assert.equal(hasCondition(it, { type: 'ReplicaFailure' }), wanted)
      })
    await fails(true)
    await controllers.patch('it', { spec: { replicas: 2 } })
    await fails(false)
  },

  'should test the lifecycle of a ReplicationController': async t => {
    const controllers = t.of('replicationcontrollers')
    const selector = 'test-rc-static=true'
    const { metadata } = await controllers.list(selector)
    const watching = await controllers.watch({ labelSelector: selector, resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    const created = await controllers.create(rc('rc-test', 1, { 'test-rc-static': 'true' }))
    await watching.until('ADDED')
    const has = (count: number): Promise<unknown> =>
      watching.until('MODIFIED', ({ status }) => status?.replicas === count && status.readyReplicas === count, 60_000)
    await has(1)
    const patched = await controllers.patch('rc-test', { metadata: { labels: { 'test-rc': 'patched' } } }, { type: 'strategic' })
    assert.equal(patched.metadata?.labels?.['test-rc'], 'patched')
    isLater(patched, created)
    await watching.until('MODIFIED')
    const unready = { status: { readyReplicas: 0, availableReplicas: 0 } }
    const { status } = await controllers.patch('rc-test', unready, { type: 'strategic', of: 'status' })
    assert.ok(!status?.readyReplicas)
    await watching.until('MODIFIED', it => it.status?.replicas === 1)
    assert.equal((await controllers.get('rc-test', 'status')).status?.replicas, 1)
    await controllers.patch('rc-test', { spec: { replicas: 2 } }, { type: 'strategic', of: 'scale' })
    await has(2)
    await controllers.change(
      'rc-test',
      it => {
        it.status = { ...it.status!, availableReplicas: 1, readyReplicas: 1 }
      },
      'status',
    )
    await watching.until('MODIFIED')
    const everywhere = await t.of('replicationcontrollers', '').items(`${selector},test-rc=patched`)
    assert.ok(everywhere.some(it => it.metadata?.namespace === t.namespace))
    await controllers.deleteCollection(selector)
    await watching.until('DELETED')
  },
})

conformance('sig-apps', 'ReplicaSet', {
  'should adopt matching pods on creation and release no longer matching pods': async t => {
    await start(t, pod('pod-adoption-release', {}, { name: 'it' }))
    const { metadata } = await t.of('replicasets').create(rs('it', 1))
    await isAdopted(t, 'pod-adoption-release', metadata?.uid)
    const [name] = await podsRun(t, 'name=it', 1)
    await isReleased(t, name!, metadata?.uid)
  },

  'Replicaset should have a working scale subresource': async t => {
    await t.of('replicasets').create(rs('it', 1))
    await podsRun(t, 'name=it', 1)
    await scaleWorks(t.of('replicasets'), 'it')
  },

  'Replace and Patch tests': async t => {
    const sets = t.of('replicasets')
    const created = await sets.create(rs('it', 1))
    await podsRun(t, 'name=it', 1)
    await sets.change('it', it => {
      it.spec!.replicas = 2
    })
    const containers = [{ name: 'main', image: 'pinnace-test/busybox:2' }]
    const spec = { replicas: 3, template: { spec: { terminationGracePeriodSeconds: 0, containers } } }
    const patched = await sets.patch('it', { metadata: { labels: { 'test-rs': 'patched' } }, spec }, { type: 'strategic' })
    isLater(patched, created)
    await eventually(async () => {
      const it = await sets.get('it')
      assert.deepEqual([it.status?.readyReplicas, it.status?.availableReplicas], [3, 3])
      assert.equal(it.spec?.template?.spec?.containers[0]?.image, 'pinnace-test/busybox:2')
      assert.equal(it.spec?.template?.spec?.terminationGracePeriodSeconds, 0)
    }, 60_000)
  },

  'should list and delete a collection of ReplicaSets': async t => {
    const labels = { e2e: t.namespace }
    await t.of('replicasets').create(rs('it', 3, labels))
    await podsRun(t, `e2e=${t.namespace}`, 3)
    assert.equal((await t.of('replicasets', '').items(`e2e=${t.namespace}`)).length, 1)
    await t.of('replicasets').deleteCollection(`e2e=${t.namespace}`, { gracePeriodSeconds: 1 })
    assert.deepEqual(await t.of('replicasets', '').items(`e2e=${t.namespace}`), [])
  },

  'should validate Replicaset Status endpoints': async t => {
    await t.of('replicasets').create(rs('it', 1))
    await podsRun(t, 'name=it', 1)
    await statusIsReplacedAndPatched(t.of('replicasets'), 'it')
  },
})
