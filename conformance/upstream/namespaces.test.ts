import assert from 'node:assert/strict'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import { isLater } from './harness/objects.ts'
import { pod } from './harness/pods.ts'
import { type Trial, unique } from './harness/trial.ts'

const fake = 'e2e.example.com/fakeFinalizer'

/** Deletes a namespace, waits until it is gone, and makes it again. */
async function again(t: Trial, name: string): Promise<void> {
  await t.of('namespaces').delete(name)
  await eventually(() => t.of('namespaces').isGone(name), 60_000)
  await t.of('namespaces').create({ metadata: { name } })
}

conformance('sig-api-machinery', 'Namespaces', {
  'should ensure that all pods are removed when a namespace is deleted': async t => {
    const name = await t.anotherNamespace()
    const pods = t.of('pods', name)
    await pods.create(pod('test-pod'))
    await eventually(async () => assert.equal((await pods.get('test-pod')).status?.phase, 'Running'))
    await again(t, name)
    await pods.isGone('test-pod')
  },

  'should ensure that all services are removed when a namespace is deleted': async t => {
    const name = await t.anotherNamespace()
    const services = t.of('services', name)
    await services.create({
      metadata: { name: 'test-service' },
      spec: { selector: { foo: 'bar' }, ports: [{ port: 80, targetPort: 80 }] },
    })
    await again(t, name)
    await services.isGone('test-service')
  },

  'should patch a Namespace': async t => {
    const name = await t.anotherNamespace()
    const before = await t.of('namespaces').get(name)
    const patched = await t
      .of('namespaces')
      .patch(name, { metadata: { labels: { testLabel: 'testValue' } } }, { type: 'strategic' })
    isLater(patched, before)
    assert.equal((await t.of('namespaces').get(name)).metadata?.labels?.testLabel, 'testValue')
  },

  'should apply changes to a namespace status': async t => {
    const namespaces = t.of('namespaces')
    assert.equal((await namespaces.get(t.namespace, 'status')).status?.phase, 'Active')
    const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by an e2e test' }
    const patch = { metadata: { annotations: { 'e2e-patched-ns-status': t.namespace } }, status: { conditions: [condition] } }
    const patched = await namespaces.patch(t.namespace, patch, { of: 'status' })
    assert.equal(patched.metadata?.annotations?.['e2e-patched-ns-status'], t.namespace)
    assert.deepEqual({ ...patched.status?.conditions?.at(-1), ...condition }, patched.status?.conditions?.at(-1))
    const updated = await namespaces.change(
      t.namespace,
      it =>
        void it.status!.conditions!.push({
          type: 'StatusUpdate',
          status: 'True',
          reason: 'E2E',
          message: 'Updated by an e2e test',
        }),
      'status',
    )
    assert.deepEqual(
      [updated.status?.conditions?.at(-1)?.type, updated.status?.conditions?.at(-1)?.message],
      ['StatusUpdate', 'Updated by an e2e test'],
    )
  },

  'should apply an update to a Namespace': async t => {
    const updated = await t.of('namespaces').change(t.namespace, it => {
      it.metadata!.labels![t.namespace] = 'updated'
    })
    assert.equal(updated.metadata?.labels?.[t.namespace], 'updated')
  },

  'should apply a finalizer to a Namespace': async t => {
    const name = unique('e2e-ns')
    t.namespaceOwned(name)
    await t.of('namespaces').create({ metadata: { name } })
    const added = await t.of('namespaces').change(name, it => void it.spec!.finalizers!.push(fake), 'finalize')
    assert.ok(added.spec?.finalizers?.includes(fake))
    const removed = await t.of('namespaces').change(
      name,
      it => {
        it.spec!.finalizers = it.spec!.finalizers!.filter(each => each !== fake)
      },
      'finalize',
    )
    assert.ok(!removed.spec?.finalizers?.includes(fake))
  },
})
