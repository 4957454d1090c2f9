import assert from 'node:assert/strict'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import { namesOf } from './harness/objects.ts'
import type { Trial } from './harness/trial.ts'

const storage = { capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'], persistentVolumeReclaimPolicy: 'Retain' }

/** A volume and a claim for it, bound by hand. */
async function volumes(t: Trial): Promise<void> {
  const labels = { e2e: t.namespace }
  const spec = { ...storage, storageClassName: t.namespace, hostPath: { path: '/tmp' } }
  t.defer(() => t.of('persistentvolumes').deleteCollection(`e2e=${t.namespace}`))
  await t.of('persistentvolumes').create({ metadata: { name: t.namespace, labels }, spec })
  const resources = { requests: { storage: '1Gi' } }
  await t.of('persistentvolumeclaims').create({
    metadata: { name: 'it', labels },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: t.namespace, resources },
  })
}

conformance('sig-storage', 'PersistentVolumes', {
  'CSI Conformance should run through the lifecycle of a PV and a PVC': async t => {
    await volumes(t)
    const [pvs, claims] = [t.of('persistentvolumes'), t.of('persistentvolumeclaims')]
    const selector = `e2e=${t.namespace}`
    assert.deepEqual(namesOf(await pvs.items(selector)), [t.namespace])
    assert.deepEqual(namesOf(await claims.items()), ['it'])
    for (const [door, name] of [
      [pvs, t.namespace],
      [claims, 'it'],
    ] as const) {
      const patched = await door.patch(name, { metadata: { labels: { patched: 'yes' } } }, { type: 'strategic' })
      assert.equal(patched.metadata?.labels?.patched, 'yes')
      const updated = await (door as typeof pvs).change(name, it => {
        it.metadata!.labels!.updated = 'yes'
      })
      assert.equal(updated.metadata?.labels?.updated, 'yes')
    }
    assert.equal((await t.of('persistentvolumeclaims', '').items(`${selector},updated=yes`)).length, 1)
    await claims.deleteCollection(`${selector},updated=yes`)
    await eventually(() => claims.isGone('it'))
    await pvs.deleteCollection(`${selector},updated=yes`)
    await eventually(() => pvs.isGone(t.namespace))
  },

  'CSI Conformance should apply changes to a pv/pvc status': async t => {
    await volumes(t)
    const claims = t.of('persistentvolumeclaims')
    await claims.get('it', 'status')
    const condition = { type: 'StatusPatched', status: 'True', reason: 'E2E patchedStatus', message: 'Set by e2e test' }
    const patched = await claims.patch('it', { status: { conditions: [condition] } }, { of: 'status' })
    assert.equal(patched.status?.conditions?.at(-1)?.reason, condition.reason)
    const updated = await claims.change(
      'it',
      it => {
        it.status!.conditions = [...(it.status!.conditions ?? []), { ...condition, type: 'StatusUpdated' }]
      },
      'status',
    )
    assert.equal(updated.status?.conditions?.at(-1)?.type, 'StatusUpdated')
    const pvs = t.of('persistentvolumes')
    const pv = await pvs.patch(t.namespace, { status: { message: 'StatusPatched', reason: 'E2E patchStatus' } }, { of: 'status' })
    assert.deepEqual([pv.status?.message, pv.status?.reason], ['StatusPatched', 'E2E patchStatus'])
    const replaced = await pvs.change(
      t.namespace,
      it => {
        it.status = { ...it.status, message: 'StatusUpdated', reason: 'E2E updateStatus' }
      },
      'status',
    )
    assert.equal(replaced.status?.message, 'StatusUpdated')
  },
})
