import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Lease } from '#api/coordination/v1.ts'
import { ConfigMap, Node } from '#api/core/v1.ts'
import { realClock } from '#machinery/clock.ts'
import { SimulatedRuntime } from './simulated/simulated.ts'
import { eventually, hasKubectl, isReady, namespace, TestNode } from './testing-node.ts'

describe('a kubelet with the simulated runtime, against a real API server', () => {
  let node: TestNode
  before(async () => {
    node = await TestNode.start(() => new SimulatedRuntime({ podCidr: '10.244.0.0/24', clock: realClock }))
  })
  after(() => node.stop())

  it('registers its node, which is ready at once, and holds its lease', async () => {
    const found = await eventually(async () => {
      const it = await node.client.get(Node, { namespace: '', name: 'n1' })
      return it.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') && it
    })
    assert.equal(found.metadata.labels?.['kubernetes.io/hostname'], 'n1')
    assert.equal(found.status?.nodeInfo?.kubeletVersion, 'v1.36.0')
    const lease = await eventually(() => node.client.get(Lease, { namespace: 'kube-node-lease', name: 'n1' }))
    assert.deepEqual([lease.spec?.holderIdentity, lease.spec?.leaseDurationSeconds], ['n1', 40])
  })

  it('runs a pod that is bound to its node, and says so', async () => {
    await node.create('web')
    const { status } = await node.pod('web', isReady)
    assert.equal(status?.phase, 'Running')
    assert.match(status?.podIP ?? '', /^10\.244\.0\.\d+$/)
    assert.equal(status?.hostIP, '127.0.0.1')
    assert.equal(status?.qosClass, 'BestEffort')
    await eventually(async () => (await node.events('web')).some(({ reason }) => reason === 'Started'))
    const [created] = (await node.events('web')).filter(({ reason }) => reason === 'Created')
    assert.deepEqual([created?.message, created?.involvedObject.fieldPath], ['Container created', 'spec.containers{app}'])
  })

  it('waits for a ConfigMap that is missing', async () => {
    const pod = await node.create('files', { volumes: [{ name: 'v', configMap: { name: 'late' } }] })
    const missing = 'MountVolume.SetUp failed for volume "v" : configmaps "late" not found'
    await eventually(async () => (await node.events('files')).some(({ message }) => message === missing))
    await node.client.create(ConfigMap, { metadata: { namespace, name: 'late' }, data: { a: '1' } })
    await node.pod('files', isReady)
    const file = join(node.directory, 'data/pods', pod.metadata.uid!, 'volumes/kubernetes.io~configmap/v/a')
    assert.equal(await readFile(file, 'utf8'), '1')
  })

  it('says CreateContainerConfigError where a variable’s source is missing', async () => {
    await node.create('env', { containers: [{ name: 'app', image: 'app:1', envFrom: [{ configMapRef: { name: 'none' } }] }] })
    const pod = await node.pod(
      'env',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    )
    assert.equal(pod.status?.containerStatuses?.[0]?.state?.waiting?.message, 'configmaps "none" not found')
  })

  it('runs init containers first and a pod to its end', async () => {
    await node.create('job', {
      restartPolicy: 'Never',
      initContainers: [{ name: 'init', image: 'i:1', command: ['true'] }],
      containers: [{ name: 'app', image: 'app:1', command: ['sh', '-c', 'echo done; exit 3'] }],
    })
    const { status } = await node.pod('job', ({ status: is }) => is?.phase === 'Failed')
    assert.equal(status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode, 0)
    assert.equal(status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 3)
  })

  it('restarts what falls over, at once and then with back-off', async () => {
    await node.create('crash', { containers: [{ name: 'app', image: 'app:1', command: ['false'] }] })
    const { status } = await node.pod(
      'crash',
      ({ status: is }) => is?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    )
    assert.equal(status?.containerStatuses?.[0]?.restartCount, 1)
    assert.equal(status?.phase, 'Running')
    await node.delete('crash')
  })

  it('deletes a pod gracefully, files and all', async () => {
    const pod = await node.pod('files', isReady)
    await node.delete('files')
    await assert.rejects(readFile(join(node.directory, 'data/pods', pod.metadata.uid!)), { code: 'ENOENT' })
  })

  it('says nothing new of a pod after a restart', async () => {
    const before = await node.pod('web', isReady)
    await node.restart()
    await node.create('after')
    await node.pod('after', isReady)
    const after = await node.pod('web', isReady)
    assert.deepEqual(after.status, before.status)
  })

  it('gives kubectl logs, and upstream’s sentence where there are none', async function () {
    if (!(await hasKubectl())) return this.skip()
    assert.match((await node.kubectl(['logs', 'job'])).stdout, /done/)
    const waiting = /container "app" in pod "env" is waiting to start: CreateContainerConfigError/
    await assert.rejects(node.kubectl(['logs', 'env']), waiting)
    await assert.rejects(
      node.kubectl(['logs', 'web', '--previous']),
      /previous terminated container "app" in pod "web" not found/,
    )
  })
})
