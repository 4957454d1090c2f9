import assert from 'node:assert/strict'
import { assertRefused, pod, type Reply, startTestServer, type TestServer } from '#apiserver/testing.ts'

const at = '/api/v1/namespaces/default'
const storage = '/apis/storage.k8s.io/v1/storageclasses'
const networking = '/apis/networking.k8s.io/v1'

describe('admission plugins that are on by default', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', `${at}/serviceaccounts`, { metadata: { name: 'default' } })
  })
  after(() => api.stop())

  it('keep pods from a new node until it says that it is ready (TaintNodesByCondition)', async () => {
    const { body } = await api.admin('POST', '/api/v1/nodes', { metadata: { name: 'fresh' } })
    assert.deepEqual(body.spec.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }])
  })

  it('let a pod stay five minutes on a node that is lost, unless it says otherwise (DefaultTolerationSeconds)', async () => {
    const created = async (name: string, tolerations: object[]): Promise<object[]> =>
      (await api.admin('POST', `${at}/pods`, pod(name, { tolerations }))).body.spec.tolerations
    const lost = (what: string) => ({
      key: `node.kubernetes.io/${what}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })
    assert.deepEqual(await created('plain', []), [lost('not-ready'), lost('unreachable')])
    const own = { ...lost('unreachable'), tolerationSeconds: 5 }
    assert.deepEqual(await created('own', [own]), [own, lost('not-ready')])
    assert.deepEqual(await created('any', [{ operator: 'Exists' }]), [{ operator: 'Exists' }])
  })

  it('tell a pod in labels where its node is (PodTopologyLabels)', async () => {
    const where = { 'topology.kubernetes.io/zone': 'z1', 'topology.kubernetes.io/region': 'r1' }
    await api.admin('POST', '/api/v1/nodes', { metadata: { name: 'placed', labels: where } })
    const { body: atOnce } = await api.admin('POST', `${at}/pods`, pod('at-once', { nodeName: 'placed' }))
    assert.deepEqual(atOnce.metadata.labels, { app: 'at-once', ...where })
    await api.admin('POST', `${at}/pods`, pod('bound'))
    const target = { kind: 'Node', name: 'placed' }
    const { code } = await api.admin('POST', `${at}/pods/bound/binding`, { metadata: { name: 'bound' }, target })
    assert.equal(code, 201)
    assert.deepEqual((await api.admin('GET', `${at}/pods/bound`)).body.metadata.labels, { app: 'bound', ...where })
  })

  it('give an Ingress the class that is the default, the newest if there are several (DefaultIngressClass)', async () => {
    const ingress = async (name: string, more: object = {}): Promise<string | undefined> => {
      const spec = { defaultBackend: { service: { name: 's', port: { number: 80 } } }, ...more }
      const { body } = await api.admin('POST', `${networking}/namespaces/default/ingresses`, { metadata: { name }, spec })
      return body.spec.ingressClassName
    }
    assert.equal(await ingress('before'), undefined)
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
    await api.admin('POST', `${networking}/ingressclasses`, {
      metadata: { name: 'usual', annotations },
      spec: { controller: 'a/b' },
    })
    assert.equal(await ingress('after'), 'usual')
    assert.equal(await ingress('own', { ingressClassName: 'other' }), 'other')
  })

  it('let a claim grow only if its class allows it (PersistentVolumeClaimResize)', async () => {
    const claims = `${at}/persistentvolumeclaims`
    for (const [name, allowVolumeExpansion] of [
      ['fixed', false],
      ['elastic', true],
    ] as const)
      await api.admin('POST', storage, { metadata: { name }, provisioner: 'a/b', allowVolumeExpansion })
    const claim = async (name: string, storageClassName: string): Promise<void> => {
      const spec = { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
      await api.admin('POST', claims, { metadata: { name }, spec: { ...spec, volumeName: `v-${name}` } })
    }
    const bind = (name: string): Promise<Reply> =>
      api.admin('PATCH', `${claims}/${name}/status`, { status: { phase: 'Bound', capacity: { storage: '1Gi' } } })
    const grow = (name: string): Promise<Reply> =>
      api.admin('PATCH', `${claims}/${name}`, { spec: { resources: { requests: { storage: '2Gi' } } } })
    for (const name of ['fixed', 'elastic']) await claim(name, name)
    for (const name of ['fixed', 'elastic']) assert.equal((await bind(name)).code, 200)
    assertRefused(await grow('fixed'), {
      code: 403,
      reason: 'Forbidden',
      message:
        'persistentvolumeclaims "fixed" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    })
    assert.equal((await grow('elastic')).code, 200)
  })
})
