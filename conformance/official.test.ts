import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Status,
  VersionApi,
  Watch,
} from '@kubernetes/client-node'
import { clusterForSuite } from './cluster.ts'
import { eventually } from './eventually.ts'

const namespace = 'default'

describe('the official JavaScript client', function () {
  this.timeout(30_000)
  const cluster = clusterForSuite({ runtime: 'simulated' })
  const config = new KubeConfig()
  let core: CoreV1Api
  let apps: AppsV1Api

  before(() => {
    config.loadFromFile(cluster().kubeconfig)
    core = config.makeApiClient(CoreV1Api)
    apps = config.makeApiClient(AppsV1Api)
  })

  const map = (name: string, data: Record<string, string>, labels: Record<string, string> = {}): V1ConfigMap => ({
    metadata: { name, labels },
    data,
  })

  it('server version should find the server version', async () => {
    const { major, minor, gitVersion, platform } = await config.makeApiClient(VersionApi).getCode()
    assert.deepEqual({ major, minor }, { major: '1', minor: '36' })
    assert.match(gitVersion, /^v1\.36\.\d+/)
    assert.match(platform, /^\w+\/\w+$/)
  })

  it('ConfigMap should run through a ConfigMap lifecycle', async () => {
    const labels = { 'test-configmap-static': 'true' }
    const body = map('lifecycle', { valueName: 'value' }, labels)
    const made = await core.createNamespacedConfigMap({ namespace, body })
    assert.ok(made.metadata?.uid)
    assert.ok(made.metadata.creationTimestamp instanceof Date)
    const patched = await core.patchNamespacedConfigMap(
      {
        namespace,
        name: 'lifecycle',
        body: { metadata: { labels: { 'test-configmap': 'patched' } }, data: { valueName: 'value1' } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    )
    assert.equal(patched.metadata?.labels?.['test-configmap'], 'patched')
    assert.deepEqual((await core.readNamespacedConfigMap({ namespace, name: 'lifecycle' })).data, { valueName: 'value1' })
    const everywhere = await core.listConfigMapForAllNamespaces({ labelSelector: 'test-configmap-static=true' })
    assert.deepEqual(
      everywhere.items.map(({ metadata }) => metadata?.name),
      ['lifecycle'],
    )
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'test-configmap-static=true' })
    assert.equal((await core.listNamespacedConfigMap({ namespace, labelSelector: 'test-configmap-static=true' })).items.length, 0)
  })

  it('errors carry the Status', async () => {
    await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'nosuch' }), (error: { code: number; body: string }) => {
      assert.equal(error.code, 404)
      assert.equal((JSON.parse(error.body) as V1Status).reason, 'NotFound')
      return true
    })
  })

  it('Servers with support for API chunking should return chunks of results for list calls', async () => {
    const labels = { chunk: 'yes' }
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        core.createNamespacedConfigMap({ namespace, body: map(`chunk-${`${index}`.padStart(4, '0')}`, {}, labels) }),
      ),
    )
    const names: string[] = []
    let revision: string | undefined
    let token: string | undefined
    do {
      const page = await core.listNamespacedConfigMap({
        namespace,
        labelSelector: 'chunk=yes',
        limit: 7,
        ...(token && { _continue: token }),
      })
      revision ??= page.metadata!.resourceVersion!
      assert.equal(page.metadata!.resourceVersion, revision)
      assert.ok(page.items.length <= 7)
      names.push(...page.items.map(({ metadata }) => metadata!.name!))
      token = page.metadata!._continue
    } while (token)
    assert.equal(names.length, 40)
    assert.deepEqual(names, names.toSorted())
  })

  it('Watchers should observe an object deletion if it stops meeting the requirements of the selector', async () => {
    const seen: string[] = []
    const ended: unknown[] = []
    const labels = { 'watch-this-configmap': 'label-changed-and-restored' }
    const selector = { labelSelector: 'watch-this-configmap=label-changed-and-restored' }
    const { metadata } = await core.listNamespacedConfigMap({ namespace })
    const watching = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { ...selector, resourceVersion: metadata!.resourceVersion },
      (type: string, { data }: V1ConfigMap) => void seen.push(`${type} ${data?.mutation ?? '0'}`),
      error => void ended.push(error),
    )
    const replace = (data: Record<string, string>, of = labels): Promise<V1ConfigMap> =>
      core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: map('watched', data, of) })
    await core.createNamespacedConfigMap({ namespace, body: map('watched', {}, labels) })
    await replace({ mutation: '1' })
    await replace({ mutation: '1' }, { 'watch-this-configmap': 'wrong-value' })
    await replace({ mutation: '2' }, { 'watch-this-configmap': 'wrong-value' })
    await replace({ mutation: '2' })
    await replace({ mutation: '3' })
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' })
    const all = ['ADDED 0', 'MODIFIED 1', 'DELETED 1', 'ADDED 2', 'MODIFIED 3', 'DELETED 3']
    await eventually(() => assert.deepEqual(seen, all))
    watching.abort()
  })

  it('an informer lists, watches, and follows', async () => {
    const informer = makeInformer(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace, labelSelector: 'informed=yes' }),
      'informed=yes',
    )
    const told: string[] = []
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata }) => void told.push(`${verb} ${metadata?.name}`))
    informer.on('error', error => void told.push(`error ${error}`))
    const labels = { informed: 'yes' }
    await core.createNamespacedConfigMap({ namespace, body: map('first', {}, labels) })
    await informer.start()
    await core.createNamespacedConfigMap({ namespace, body: map('second', {}, labels) })
    await core.replaceNamespacedConfigMap({ namespace, name: 'first', body: map('first', { a: 'b' }, labels) })
    await core.deleteNamespacedConfigMap({ namespace, name: 'second' })
    await eventually(() => assert.deepEqual(told, ['add first', 'add second', 'update first', 'delete second']))
    assert.deepEqual(
      informer.list().map(({ metadata }) => metadata?.name),
      ['first'],
    )
    await informer.stop()
  })

  it('Deployment should have a working scale subresource', async () => {
    const name = 'scaled'
    const template = { metadata: { labels: { name } }, spec: { containers: [{ name: 'main', image: 'pinnace-test/httpd:1' }] } }
    await apps.createNamespacedDeployment({
      namespace,
      body: { metadata: { name }, spec: { replicas: 1, selector: { matchLabels: { name } }, template } },
    })
    await eventually(async () =>
      assert.equal((await apps.readNamespacedDeployment({ namespace, name })).status?.availableReplicas, 1),
    )
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name })
    assert.deepEqual([scale.spec?.replicas, scale.status?.replicas, scale.status?.selector], [1, 1, `name=${name}`])
    const { metadata } = scale
    const changed = await apps.replaceNamespacedDeploymentScale({
      namespace,
      name,
      body: { metadata: metadata!, spec: { replicas: 2 } },
    })
    assert.equal(changed.spec?.replicas, 2)
    assert.equal((await apps.readNamespacedDeployment({ namespace, name })).spec?.replicas, 2)
    await apps.patchNamespacedDeploymentScale(
      { namespace, name, body: { spec: { replicas: 4 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )
    await eventually(async () =>
      assert.equal((await apps.readNamespacedDeployment({ namespace, name })).status?.availableReplicas, 4),
    )
  })

  it('logs and exec reach the container', async () => {
    const [found] = (await core.listNamespacedPod({ namespace, labelSelector: 'name=scaled' })).items
    const name = found!.metadata!.name!
    assert.equal(typeof (await core.readNamespacedPodLog({ namespace, name })), 'string')
    const logs = new PassThrough()
    await new Log(config).log(namespace, name, 'main', logs, { follow: false })
    logs.destroy()
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec(namespace, name, 'main', ['true'], new PassThrough(), new PassThrough(), null, false, resolve)
        .catch(reject)
    })
    assert.equal(status.status, 'Success', JSON.stringify(status))
  })

  it('a pod that is deleted goes with its grace, and a watch tells of it', async () => {
    const seen: string[] = []
    const body = {
      metadata: { name: 'graceful' },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'pinnace-test/httpd:1' }] },
    }
    const { metadata } = await core.createNamespacedPod({ namespace, body })
    const watching = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      { fieldSelector: 'metadata.name=graceful', resourceVersion: metadata!.resourceVersion },
      (type: string, pod: { metadata: { deletionTimestamp?: string } }) =>
        void seen.push(pod.metadata.deletionTimestamp ? `${type}, going` : type),
      () => {},
    )
    await eventually(async () =>
      assert.equal((await core.readNamespacedPod({ namespace, name: 'graceful' })).status?.phase, 'Running'),
    )
    const answered = await core.deleteNamespacedPod({ namespace, name: 'graceful' })
    assert.ok(answered.metadata?.deletionTimestamp)
    await eventually(() => assert.equal(seen.at(-1), 'DELETED, going'))
    assert.ok(seen.includes('MODIFIED, going'))
    watching.abort()
  })
})
