import assert from 'node:assert/strict'
import { assertRefused, HandClock, pod, type Reply, startTestServer, type TestServer } from '#apiserver/testing.ts'

const at = '/api/v1/namespaces/default'

describe('admission plugins', () => {
  let api: TestServer
  before(async () => {
    const admission = {
      enabled: [
        'AlwaysPullImages',
        'DenyServiceExternalIPs',
        'EventRateLimit',
        'ExtendedResourceToleration',
        'LimitPodHardAntiAffinityTopology',
        'NamespaceAutoProvision',
        'OwnerReferencesPermissionEnforcement',
        'PodNodeSelector',
        'PodTolerationRestriction',
      ],
      configurations: {
        EventRateLimit: {
          apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1',
          kind: 'Configuration',
          limits: [{ type: 'Namespace', qps: 1, burst: 2 }],
        },
        PodNodeSelector: { podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: 'env=test' } },
      },
    }
    api = await startTestServer({ clock: new HandClock(), admission })
    await api.admin('POST', `${at}/serviceaccounts`, { metadata: { name: 'default' } })
  })
  after(() => api.stop())

  const create = (name: string, spec: object = {}, to = at): Promise<Reply> => api.admin('POST', `${to}/pods`, pod(name, spec))
  const refused = async (made: Promise<Reply>, message: string): Promise<void> =>
    assertRefused(await made, { code: 403, reason: 'Forbidden', message })
  const container = (resources: object) => ({ containers: [{ name: 'main', image: 'x:1', resources }] })

  it('pull images anew, go where the namespace goes, and tolerate the nodes of what they ask for', async () => {
    const { body } = await create('a', container({ limits: { 'example.com/gpu': '1' } }))
    assert.equal(body.spec.containers[0].imagePullPolicy, 'Always')
    assert.deepEqual(body.spec.nodeSelector, { env: 'test' })
    assert.ok(body.spec.tolerations.some((each: { key: string }) => each.key === 'example.com/gpu'))
    await refused(
      create('b', { nodeSelector: { env: 'prod' } }),
      'pods "b" is forbidden: pod node label selector conflicts with its namespace node label selector',
    )
  })

  it('keep pods from keeping others off whole zones, and Services from external addresses', async () => {
    const term = { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { a: 'b' } } }
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    await refused(
      create('c', { affinity }),
      'pods "c" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey topology.kubernetes.io/zone but only key kubernetes.io/hostname is allowed',
    )
    const spec = { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] }
    await refused(
      api.admin('POST', `${at}/services`, { metadata: { name: 's' }, spec }),
      'services "s" is forbidden: Use of external IPs is denied by admission control',
    )
  })

  it('give pods the tolerations of their namespace, and no others than it allows', async () => {
    const said = (list: object[]): string => JSON.stringify(list)
    const annotations = {
      'scheduler.alpha.kubernetes.io/defaultTolerations': said([{ key: 'team', operator: 'Equal', value: 'a' }]),
      'scheduler.alpha.kubernetes.io/tolerationsWhitelist': said([
        { key: 'team', operator: 'Exists' },
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists' },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists' },
      ]),
    }
    const to = '/api/v1/namespaces/tolerant'
    await api.admin('POST', '/api/v1/namespaces', { metadata: { name: 'tolerant', annotations } })
    await api.admin('POST', `${to}/serviceaccounts`, { metadata: { name: 'default' } })
    const { body } = await create('a', {}, to)
    assert.ok(body.spec.tolerations.some((each: { key: string }) => each.key === 'team'))
    await refused(
      create('b', { tolerations: [{ key: 'other', operator: 'Exists' }] }, to),
      'pods "b" is forbidden: pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
    )
  })

  it('let so many Events come and no more', async () => {
    const event = (name: string): Promise<Reply> =>
      api.admin('POST', `${at}/events`, { metadata: { name }, involvedObject: { namespace: 'default' } })
    const codes = []
    for (const name of ['a', 'b', 'c']) codes.push((await event(name)).code)
    assert.deepEqual(codes, [201, 201, 429])
  })

  it('make a namespace for whoever is in a hurry', async () => {
    const made = await api.admin('POST', '/api/v1/namespaces/new/configmaps', { metadata: { name: 'a' } })
    assert.equal(made.code, 201)
    assert.equal((await api.admin('GET', '/api/v1/namespaces/new')).code, 200)
  })

  it('fill in and enforce a namespace’s limits', async () => {
    const limits = [{ type: 'Container', min: { memory: '100Mi' }, max: { cpu: '1' }, default: { cpu: '500m', memory: '200Mi' } }]
    await api.admin('POST', '/api/v1/namespaces/new/limitranges', { metadata: { name: 'l' }, spec: { limits } })
    await api.admin('POST', '/api/v1/namespaces/new/serviceaccounts', { metadata: { name: 'default' } })
    const to = '/api/v1/namespaces/new'
    const { body } = await create('full', {}, to)
    assert.deepEqual(body.spec.containers[0].resources.limits, { cpu: '500m', memory: '200Mi' })
    assert.match(
      body.metadata.annotations['kubernetes.io/limit-ranger'],
      /^LimitRanger plugin set: .*cpu, memory limit for container main/,
    )
    await refused(
      create('small', container({ requests: { memory: '50Mi' } }), to),
      'pods "small" is forbidden: minimum memory usage per Container is 100Mi, but request is 50Mi',
    )
    await refused(
      create('big', container({ limits: { cpu: '2' } }), to),
      'pods "big" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    )
  })

  it('give a pod the overhead and the place of its runtime class, which must be there', async () => {
    await api.admin('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
      metadata: { name: 'vm' },
      handler: 'vm',
      overhead: { podFixed: { cpu: '100m' } },
      scheduling: { nodeSelector: { vm: 'yes' } },
    })
    const { body } = await create('vm', { runtimeClassName: 'vm' })
    assert.deepEqual([body.spec.overhead, body.spec.nodeSelector.vm], [{ cpu: '100m' }, 'yes'])
    await refused(
      create('none', { runtimeClassName: 'none' }),
      'pods "none" is forbidden: pod rejected: RuntimeClass "none" not found',
    )
    await refused(
      create('claims', { overhead: { cpu: '1' } }),
      'pods "claims" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    )
    // Even one that says nothing, as upstream (kubernetes-client/java#3076) …
    await refused(
      create('says-nothing', { overhead: {} }),
      'pods "says-nothing" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    )
    // … but a template's is lost when it is stored.
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }], overhead: {} } }
    const made = await api.admin('POST', '/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'web' },
      spec: { selector: { matchLabels: { app: 'web' } }, template },
    })
    assert.equal(made.body.spec.template.spec.overhead, undefined)
  })

  it('give claims the default class, and hold them while they are in use', async () => {
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
    await api.admin('POST', '/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: 'std', annotations },
      provisioner: 'x.y/z',
    })
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    const { body } = await api.admin('POST', `${at}/persistentvolumeclaims`, { metadata: { name: 'c' }, spec })
    assert.deepEqual([body.spec.storageClassName, body.metadata.finalizers], ['std', ['kubernetes.io/pvc-protection']])
    await api.admin('PATCH', `${at}/persistentvolumeclaims/c/status`, { status: { phase: 'Bound' } })
    await refused(
      api.admin('PATCH', `${at}/persistentvolumeclaims/c`, { spec: { resources: { requests: { storage: '2Gi' } } } }),
      'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    )
  })

  it('let nobody give an object an owner who may not delete it', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }]
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
    const group = 'rbac.authorization.k8s.io'
    await api.admin('POST', `${rbac}/roles`, { metadata: { name: 'r' }, rules })
    await api.admin('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'r' },
      roleRef: { apiGroup: group, kind: 'Role', name: 'r' },
      subjects: [{ kind: 'User', apiGroup: group, name: 'nobody' }],
    })
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'x' }]
    const reply = await api.nobody('POST', `${at}/configmaps`, { metadata: { name: 'owned', ownerReferences } })
    assertRefused(reply, { code: 403, reason: 'Forbidden', message: /cannot set an ownerRef on a resource you can't delete: / })
  })
})
