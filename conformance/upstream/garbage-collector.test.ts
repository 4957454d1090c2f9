import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import { namesOf, podsRun, rc, setSpec } from './harness/objects.ts'
import { pod } from './harness/pods.ts'
import type { Trial } from './harness/trial.ts'

/** How long nothing must be deleted that should stay. Upstream waits 30 s. */
const quietMs = 3000

/** An rc that has made all its pods. */
async function withPods(t: Trial, name: string, replicas: number): Promise<string | undefined> {
  const { metadata } = await t.of('replicationcontrollers').create(rc(name, replicas))
  await eventually(async () => assert.equal((await t.of('replicationcontrollers').get(name)).status?.replicas, replicas), 60_000)
  return metadata?.uid
}

const options = (propagationPolicy: string, uid: string | undefined) => ({ propagationPolicy, preconditions: { uid } })

const isGone = (t: Trial, resource: 'replicationcontrollers' | 'deployments', name: string): Promise<void> =>
  eventually(() => t.of(resource).isGone(name), 60_000)

const left = (t: Trial, resource: 'pods' | 'replicasets', count: number): Promise<void> =>
  eventually(async () => assert.equal((await t.of(resource).items()).length, count), 60_000)

conformance('sig-api-machinery', 'Garbage collector', {
  'should delete pods created by rc when not orphaning': async t => {
    const uid = await withPods(t, 'it', 2)
    await t.of('replicationcontrollers').delete('it', options('Background', uid))
    await isGone(t, 'replicationcontrollers', 'it')
    await left(t, 'pods', 0)
  },

  'should orphan pods created by rc if delete options say so': async t => {
    const uid = await withPods(t, 'it', 20)
    await t.of('replicationcontrollers').delete('it', options('Orphan', uid))
    await isGone(t, 'replicationcontrollers', 'it')
    await sleep(quietMs)
    await left(t, 'pods', 20)
  },

  'should keep the rc around until all its pods are deleted if the deleteOptions says so': async t => {
    const uid = await withPods(t, 'it', 20)
    const watching = await t.of('replicationcontrollers').watch({ fieldSelector: 'metadata.name=it' }).begun()
    t.defer(() => watching.stop())
    await t.of('replicationcontrollers').delete('it', options('Foreground', uid))
    await watching.until('DELETED', () => true, 60_000)
    assert.deepEqual(await t.of('pods').items(), [])
  },

  'should delete RS created by deployment when not orphaning': async t => {
    const { metadata } = await t.of('deployments').create({ metadata: { name: 'it' }, spec: setSpec(2, { name: 'it' }) })
    await left(t, 'replicasets', 1)
    await t.of('deployments').delete('it', options('Background', metadata?.uid))
    await left(t, 'replicasets', 0)
    await left(t, 'pods', 0)
  },

  'should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan': async t => {
    const { metadata } = await t.of('deployments').create({ metadata: { name: 'it' }, spec: setSpec(2, { name: 'it' }) })
    await podsRun(t, 'name=it', 2)
    await t.of('deployments').delete('it', options('Orphan', metadata?.uid))
    await isGone(t, 'deployments', 'it')
    await sleep(quietMs)
    await left(t, 'pods', 2)
    const sets = await t.of('replicasets').items()
    assert.deepEqual(
      sets.map(it => it.metadata?.ownerReferences ?? []),
      [[]],
    )
  },

  "should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted": async t => {
    const deleted = await withPods(t, 'to-be-deleted', 10)
    const stays = (await t.of('replicationcontrollers').create(rc('to-stay', 0))).metadata?.uid
    const half = namesOf(await t.of('pods').items('name=to-be-deleted')).slice(0, 5)
    const owner = { apiVersion: 'v1', kind: 'ReplicationController', name: 'to-stay', uid: stays }
    for (const name of half) await t.of('pods').patch(name, { metadata: { ownerReferences: [owner] } }, { type: 'strategic' })
    await t.of('replicationcontrollers').delete('to-be-deleted', options('Foreground', deleted))
    await isGone(t, 'replicationcontrollers', 'to-be-deleted')
    await left(t, 'pods', 5)
    for (const { metadata } of await t.of('pods').items()) {
      assert.deepEqual(
        metadata?.ownerReferences?.map(({ name }) => name),
        ['to-stay'],
      )
      assert.ok(!metadata?.deletionTimestamp)
    }
  },

  'should not be blocked by dependency circle': async t => {
    const names = ['pod1', 'pod2', 'pod3']
    const uids = new Map<string, string>()
    for (const name of names) uids.set(name, (await t.of('pods').create(pod(name))).metadata!.uid!)
    for (const [index, name] of names.entries()) {
      const owner = names[(index + 2) % 3]!
      const reference = {
        apiVersion: 'v1',
        kind: 'Pod',
        name: owner,
        uid: uids.get(owner),
        controller: true,
        blockOwnerDeletion: true,
      }
      await t.of('pods').patch(name, { metadata: { ownerReferences: [reference] } }, { type: 'strategic' })
    }
    await t.of('pods').delete('pod1', options('Foreground', uids.get('pod1')))
    await left(t, 'pods', 0)
  },
})
