import assert from 'node:assert/strict'
import { Deployment, ReplicaSet } from '#api/apps/v1.ts'
import { ConfigMap, Endpoints, Event, Namespace, Pod, Service, ServiceAccount } from '#api/core/v1.ts'
import { EndpointSlice } from '#api/discovery/v1.ts'
import { keyOf } from '#api/object.ts'
import type { Client } from '#client/client.ts'
import { absent, eventually, type TestCluster, testCluster } from './testing-cluster.ts'

describe('the controllers of workloads, against a real API server', () => {
  let cluster: TestCluster
  let client: Client
  before(async () => {
    cluster = await testCluster(['n1'])
    client = cluster.client
  })
  after(() => cluster.stop())

  it('gives every namespace its service account and the cluster CA', async () => {
    for (const namespace of ['default', 'kube-system']) {
      await eventually(() => client.get(ServiceAccount, { namespace, name: 'default' }))
      await eventually(() => client.get(ConfigMap, { namespace, name: 'kube-root-ca.crt' }))
    }
  })

  const sets = async () => (await client.list(ReplicaSet, { namespace })).items.sort((a, b) => revision(a) - revision(b))
  const pods = async () => (await client.list(Pod, { namespace })).items
  const available = (replicas: number, image: string) =>
    eventually(async () => {
      const { status, metadata } = await client.get(Deployment, key('web'))
      const run = (await pods()).filter(pod => !pod.metadata.deletionTimestamp && pod.spec.containers[0]?.image === image)
      return (
        status?.observedGeneration === metadata.generation &&
        status?.availableReplicas === replicas &&
        status.replicas === replicas &&
        run.length === replicas &&
        status
      )
    })
  const change = (body: unknown) => client.patch(Deployment, key('web'), { type: 'merge', body })
  const image = (name: string) => ({ spec: { template: { spec: { containers: [{ name: 'web', image: name }] } } } })

  it('makes a Deployment a ReplicaSet and pods, and says when it is through', async () => {
    await client.create(Deployment, web(3))
    const status = await available(3, 'web:1')
    assert.deepEqual(
      status.conditions?.map(({ type, status: holds, reason }) => `${type} ${holds} ${reason}`),
      ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'],
    )
    const [set] = await sets()
    assert.equal(set?.metadata.labels?.['pod-template-hash'], set?.metadata.name?.slice('web-'.length))
    const events = await eventually(async () => {
      const { items } = await client.list(Event, { namespace })
      const said = items.map(({ involvedObject, message }) => `${involvedObject.kind}: ${message}`)
      return said.length >= 4 && said
    })
    assert.ok(events.includes(`Deployment: Scaled up replica set ${set?.metadata.name} from 0 to 3`))
    assert.equal(events.filter(event => event.startsWith('ReplicaSet: Created pod: web-')).length, 3)
  })

  it('lists the pods of a Service in an EndpointSlice and in Endpoints', async () => {
    const spec = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }
    await client.create(Service, { metadata: { namespace, name: 'web' }, spec })
    const slice = await eventually(async () => {
      const { items } = await client.list(EndpointSlice, { namespace, labelSelector: 'kubernetes.io/service-name=web' })
      return items[0]?.endpoints?.length === 3 && items[0]
    })
    assert.deepEqual(slice.ports, [{ name: '', port: 8080, protocol: 'TCP' }])
    assert.deepEqual(slice.endpoints?.[0]?.conditions, { ready: true, serving: true, terminating: false })
    const { subsets } = await eventually(() => client.get(Endpoints, key('web')))
    assert.equal(subsets?.[0]?.addresses?.length, 3)
  })

  it('replaces a pod that is deleted', async () => {
    const [lost] = await pods()
    await client.delete(Pod, keyOf(lost!))
    await eventually(async () => {
      const now = await pods()
      return now.length === 3 && !now.some(({ metadata }) => metadata.uid === lost?.metadata.uid)
    })
    await available(3, 'web:1')
  })

  it('rolls a new template out, and back by its old set with a new revision', async () => {
    await change(image('web:2'))
    await available(3, 'web:2')
    // The statuses of the two sets, summed up, may say three before the old one is through.
    await eventually(async () => (await sets()).map(({ spec }) => spec?.replicas).join() === '0,3')
    await change(image('web:1'))
    await available(3, 'web:1')
    const after = await sets()
    assert.deepEqual(after.map(revision), [2, 3])
    assert.equal(after[1]?.metadata.annotations?.['deployment.kubernetes.io/revision-history'], '1')
    const { metadata } = await client.get(Deployment, key('web'))
    assert.equal(metadata.annotations?.['deployment.kubernetes.io/revision'], '3')
  })

  it('leaves the template alone while a Deployment is paused, but scales it', async () => {
    await change({ spec: { paused: true, replicas: 5, ...image('web:3').spec } })
    await available(5, 'web:1')
    const { status } = await client.get(Deployment, key('web'))
    assert.equal(status?.conditions?.find(({ type }) => type === 'Progressing')?.reason, 'DeploymentPaused')
    await change({ spec: { paused: false } })
    await available(5, 'web:3')
  })

  it('deletes what a Deployment owns after it, in the background', async () => {
    await client.delete(Deployment, key('web'))
    await eventually(async () => (await pods()).length === 0 && (await sets()).length === 0)
  })

  it('deletes what a Deployment owns before it, in the foreground', async () => {
    await client.create(Deployment, web(2))
    await available(2, 'web:1')
    await client.delete(Deployment, key('web'), { propagation: 'Foreground' })
    await absent(client, Deployment, key('web'))
    assert.deepEqual([await sets(), await pods()], [[], []])
  })

  it('spares what a Deployment owns when it is to be orphaned', async () => {
    await client.create(Deployment, web(2))
    await available(2, 'web:1')
    await client.delete(Deployment, key('web'), { propagation: 'Orphan' })
    await absent(client, Deployment, key('web'))
    const [set] = await sets()
    assert.equal(set?.metadata.ownerReferences, undefined)
    assert.equal((await pods()).length, 2)
  })

  it('adopts orphans that match, as a new Deployment does with the set that was spared', async () => {
    const [before] = await sets()
    await client.create(Deployment, web(2))
    await available(2, 'web:1')
    const after = await sets()
    assert.equal(after.length, 1)
    assert.equal(after[0]?.metadata.uid, before?.metadata.uid)
    assert.equal(after[0]?.metadata.ownerReferences?.[0]?.name, 'web')
  })

  it('empties a namespace that is deleted, and lets it go', async () => {
    const there = { namespace: 'doomed', name: 'web' }
    await client.create(Namespace, { metadata: { name: 'doomed' }, spec: {} })
    await client.create(Deployment, { ...web(3), metadata: there })
    await eventually(async () => (await client.list(Pod, { namespace: 'doomed' })).items.length === 3)
    await client.delete(Namespace, { namespace: '', name: 'doomed' })
    await absent(client, Namespace, { namespace: '', name: 'doomed' })
    assert.equal((await client.list(Pod, { namespace: 'doomed' })).items.length, 0)
  })
})

const namespace = 'default'
const revision = ({ metadata }: ReplicaSet): number => Number(metadata.annotations?.['deployment.kubernetes.io/revision'])

const key = (name: string) => ({ namespace: 'default', name })

const web = (replicas: number) => ({
  metadata: { namespace: 'default', name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
})
