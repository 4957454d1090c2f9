import assert from 'node:assert/strict'
import type { V1Pod } from '@kubernetes/client-node'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Wire } from './harness/kinds.ts'
import { isLater } from './harness/objects.ts'
import { conditionOf, exec, logSays, noPods, once, output, pod, podThat, running, script, start } from './harness/pods.ts'
import { overWebSocket } from './harness/websocket.ts'

conformance('sig-node', 'Pods', {
  'should get a host IP': async t => {
    await start(t, pod('it'))
    await podThat(t, 'it', it => assert.ok(it.status?.hostIP))
  },

  'should be submitted and removed': async t => {
    const pods = t.of('pods')
    const { items, metadata } = await pods.list('time=now')
    assert.deepEqual(items, [])
    const watching = await pods.watch({ labelSelector: 'time=now', resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    await pods.create(pod('it', {}, { name: 'foo', time: 'now' }))
    assert.equal((await pods.items('time=now')).length, 1)
    await watching.until('ADDED')
    await running(t, 'it')
    await pods.delete('it', { gracePeriodSeconds: 30 })
    const last = await watching.until('DELETED')
    assert.ok(last.metadata?.deletionTimestamp)
    assert.notEqual(last.spec?.terminationGracePeriodSeconds, 0)
    assert.deepEqual(await pods.items('time=now'), [])
  },

  'should be updated': async t => {
    const pods = t.of('pods')
    await start(t, pod('it', {}, { name: 'foo', time: 'one' }))
    assert.equal((await pods.items('time=one')).length, 1)
    await pods.change('it', it => {
      it.metadata!.labels!.time = 'two'
    })
    await running(t, 'it')
    assert.equal((await pods.items('time=two')).length, 1)
  },

  'should allow activeDeadlineSeconds to be updated': async t => {
    await start(t, pod('it'))
    await t.of('pods').change('it', it => {
      it.spec!.activeDeadlineSeconds = 5
    })
    await podThat(t, 'it', ({ status }) => assert.deepEqual([status?.phase, status?.reason], ['Failed', 'DeadlineExceeded']))
  },

  'should contain environment variables for services': async t => {
    await t.of('services').create({
      metadata: { name: 'fooservice' },
      spec: { ports: [{ port: 8765, targetPort: 8080 }], selector: { name: 'server' } },
    })
    const address = (await t.of('services').get('fooservice')).spec!.clusterIP
    const said = await output(t, once('client', 'env'))
    for (const line of [
      `FOOSERVICE_SERVICE_HOST=${address}`,
      'FOOSERVICE_SERVICE_PORT=8765',
      `FOOSERVICE_PORT=tcp://${address}:8765`,
      'FOOSERVICE_PORT_8765_TCP_PORT=8765',
      'FOOSERVICE_PORT_8765_TCP_PROTO=tcp',
      `FOOSERVICE_PORT_8765_TCP=tcp://${address}:8765`,
      `FOOSERVICE_PORT_8765_TCP_ADDR=${address}`,
    ])
      assert.ok(said.split('\n').includes(line), `${line} in ${said}`)
  },

  'should support remote command execution over websockets': async t => {
    await start(t, pod('it'))
    const query = 'stdout=1&stderr=1&container=main&command=echo&command=remote+execution+test'
    const frames = await overWebSocket(t, `${t.of('pods').path}/it/exec?${query}`, 'channel.k8s.io')
    const said = frames.filter(([channel]) => channel === 1).map(([, ...text]) => Buffer.from(text).toString())
    assert.equal(said.join(''), 'remote execution test\n')
  },

  'should support retrieving logs from the container over websockets': async t => {
    await start(t, pod('it', { containers: [script('echo container is alive; sleep 600 & wait')] }))
    await logSays(t, 'it', /alive/)
    const frames = await overWebSocket(t, `${t.of('pods').path}/it/log?container=main`, 'binary.k8s.io')
    assert.equal(Buffer.concat(frames).toString(), 'container is alive\n')
  },

  'should delete a collection of pods': async t => {
    for (const name of ['test-pod-1', 'test-pod-2', 'test-pod-3'])
      await t.of('pods').create(pod(name, { restartPolicy: 'Never' }, { type: 'Testing' }))
    for (const name of ['test-pod-1', 'test-pod-2', 'test-pod-3']) await running(t, name)
    await t.of('pods').deleteCollection('type=Testing', { gracePeriodSeconds: 1 })
    await noPods(t, 'type=Testing')
  },

  'should patch a pod status': async t => {
    await start(t, pod('it'))
    const status = { message: 'Patched by e2e test', reason: 'E2E' }
    const patched = await t
      .of('pods')
      .patch('it', { metadata: { annotations: { patchedstatus: 'true' } }, status }, { of: 'status' })
    assert.deepEqual([patched.status?.message, patched.status?.reason], [status.message, status.reason])
  },

  'should run through the lifecycle of Pods and PodStatus': async t => {
    const pods = t.of('pods')
    const selector = 'test-pod-static=true'
    const { metadata } = await t.of('pods', '').list(selector)
    const watching = await pods.watch({ labelSelector: selector, resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    await pods.create(pod('pod-test', {}, { 'test-pod-static': 'true' }))
    const before = await watching.until('MODIFIED', it => it.status?.phase === 'Running' && conditionOf(it, 'Ready') === 'True')
    const spec = { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'pinnace-test/busybox:2' }] }
    await pods.patch('pod-test', { metadata: { labels: { 'test-pod': 'patched' } }, spec }, { type: 'strategic' })
    await watching.until('MODIFIED', it => it.metadata?.labels?.['test-pod'] === 'patched')
    const patched = await pods.get('pod-test')
    assert.equal(patched.spec?.containers[0]?.image, 'pinnace-test/busybox:2')
    isLater(patched, before)
    // The container is started anew with its new image, and is not ready while that is so.
    const unready = await eventually(() => readyIsReplaced(t.of('pods').change.bind(pods)))
    for (const type of ['Ready', 'ContainersReady']) assert.equal(conditionOf(unready, type), 'False')
    await pods.deleteCollection(selector, { gracePeriodSeconds: 1 })
    await watching.until('DELETED', it => it.metadata?.labels?.['test-pod-static'] === 'true')
    await pods.isGone('pod-test')
  },
})

/** Puts both conditions of readiness to False, which must have been True. */
async function readyIsReplaced(
  change: (name: string, how: (it: Wire<V1Pod>) => void, of: string) => Promise<Wire<V1Pod>>,
): Promise<Wire<V1Pod>> {
  return change(
    'pod-test',
    it => {
      const ready =
        it.status?.conditions?.filter(({ type, status }) => /^(Containers)?Ready$/.test(type) && status === 'True') ?? []
      assert.equal(ready.length, 2)
      for (const condition of ready) condition.status = 'False'
    },
    'status',
  )
}

conformance('sig-node', 'Pods Extended', {
  'Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu': async t => {
    const requests = { cpu: '100m', memory: '100Mi' }
    const containers = [script('sleep 1', { resources: { requests, limits: requests } })]
    await t.of('pods').create(pod('it', { containers }))
    assert.equal((await t.of('pods').get('it')).status?.qosClass, 'Guaranteed')
  },
})

conformance('sig-node', 'Ephemeral Containers', {
  'will start an ephemeral container in an existing pod': async t => {
    await start(t, pod('it'))
    await addEphemeral(t.of('pods').patch.bind(t.of('pods')), 'debugger')
    await logSays(t, 'it', /polo/, { container: 'debugger' })
  },

  'should update the ephemeral containers in an existing pod': async t => {
    await start(t, pod('it'))
    const patch = t.of('pods').patch.bind(t.of('pods'))
    await addEphemeral(patch, 'debugger1')
    const ephemerals = (await t.of('pods').get('it', 'ephemeralcontainers')).spec?.ephemeralContainers ?? []
    assert.deepEqual(
      ephemerals.map(({ name }) => name),
      ['debugger1'],
    )
    const after = await t.of('pods').change(
      'it',
      it =>
        void it.spec!.ephemeralContainers!.push({
          name: 'debugger2',
          image: 'pinnace-test/busybox:1',
          command: ['sh', '-c', 'echo polo'],
        }),
      'ephemeralcontainers',
    )
    assert.deepEqual(
      after.spec?.ephemeralContainers?.map(({ name }) => name),
      ['debugger1', 'debugger2'],
    )
    assert.equal((await exec(t, 'it', ['echo', 'lives'])).trim(), 'lives')
  },
})

async function addEphemeral(
  patch: (name: string, patch: object, options: object) => Promise<unknown>,
  name: string,
): Promise<void> {
  const container = { name, image: 'pinnace-test/busybox:1', command: ['sh', '-c', 'echo polo; sleep 100'] }
  await patch('it', { spec: { ephemeralContainers: [container] } }, { type: 'strategic', of: 'ephemeralcontainers' })
}
