import assert from 'node:assert/strict'
import type { V1EnvVar } from '@kubernetes/client-node'
import { conformance } from './harness/conformance.ts'
import {
  busybox,
  type Container,
  ended,
  exec,
  logs,
  noPods,
  once,
  output,
  pod,
  podThat,
  running,
  script,
  start,
} from './harness/pods.ts'
import type { Body } from './harness/site.ts'
import type { Trial } from './harness/trial.ts'

const lines = async (t: Trial, container: Container): Promise<string[]> =>
  (await output(t, once('it', 'env', container))).split('\n')

/** What an environment has from a ConfigMap or a Secret. */
const hasLines = (container: Container, wanted: readonly string[], make: (t: Trial) => Promise<unknown>): Body => {
  return async t => {
    await make(t)
    const said = await lines(t, container)
    for (const line of wanted) assert.ok(said.includes(line), `${line} in ${said}`)
  }
}

const configMap = (t: Trial): Promise<unknown> =>
  t.of('configmaps').create({ metadata: { name: 'data' }, data: { data_1: 'value-1', data_2: 'value-2', data_3: 'value-3' } })
const secret = (t: Trial): Promise<unknown> =>
  t.of('secrets').create({ metadata: { name: 'data' }, data: { data_1: 'dmFsdWUtMQ==', data_2: 'dmFsdWUtMg==' } })
const twoWays = (source: string): Container => ({
  envFrom: [{ [source]: { name: 'data' } }, { prefix: 'p_', [source]: { name: 'data' } }] as object[],
})
const all = ['data_1=value-1', 'data_2=value-2', 'p_data_1=value-1', 'p_data_2=value-2']

conformance('sig-node', 'ConfigMap', {
  'should be consumable via environment variable': hasLines(
    { env: [{ name: 'CONFIG_DATA_1', valueFrom: { configMapKeyRef: { name: 'data', key: 'data_1' } } }] },
    ['CONFIG_DATA_1=value-1'],
    configMap,
  ),
  'should be consumable via the environment': hasLines(twoWays('configMapRef'), [...all, 'data_3=value-3'], configMap),
  'should fail to create ConfigMap with empty key': async t => {
    await assert.rejects(t.of('configmaps').create({ metadata: { name: 'it' }, data: { '': 'value-1' } }), {
      code: 422,
      reason: 'Invalid',
    })
  },
  'should run through a ConfigMap lifecycle': async t => {
    const configMaps = t.of('configmaps')
    const selector = 'test-configmap-static=true'
    const { metadata } = await configMaps.list(selector)
    const watching = await configMaps.watch({ labelSelector: selector, resourceVersion: metadata.resourceVersion }).begun()
    t.defer(() => watching.stop())
    await configMaps.create({
      metadata: { name: 'it', labels: { 'test-configmap-static': 'true' } },
      data: { valueName: 'value' },
    })
    await watching.until('ADDED')
    await configMaps.patch(
      'it',
      { metadata: { labels: { 'test-configmap': 'patched' } }, data: { valueName: 'value1' } },
      { type: 'strategic' },
    )
    await watching.until('MODIFIED')
    const patched = await configMaps.get('it')
    assert.deepEqual([patched.data?.valueName, patched.metadata?.labels?.['test-configmap']], ['value1', 'patched'])
    const everywhere = await t.of('configmaps', '').items(selector)
    assert.ok(everywhere.some(it => it.metadata?.namespace === t.namespace && it.data?.valueName === 'value1'))
    await configMaps.deleteCollection(selector)
    await watching.until('DELETED')
    assert.deepEqual(await configMaps.items(selector), [])
  },
})

conformance('sig-node', 'Secrets', {
  'should be consumable from pods in env vars': hasLines(
    { env: [{ name: 'SECRET_DATA', valueFrom: { secretKeyRef: { name: 'data', key: 'data_1' } } }] },
    ['SECRET_DATA=value-1'],
    secret,
  ),
  'should be consumable via the environment': hasLines(twoWays('secretRef'), all, secret),
  'should fail to create secret due to empty secret key': async t => {
    await assert.rejects(t.of('secrets').create({ metadata: { name: 'it' }, data: { '': 'dmFsdWUtMQ==' } }), {
      code: 422,
      reason: 'Invalid',
    })
  },
  'should patch a secret': async t => {
    const secrets = t.of('secrets')
    const selector = `testsecret-constant=${t.namespace}`
    await secrets.create({
      metadata: { name: 'it', labels: { 'testsecret-constant': t.namespace } },
      data: { key: 'dmFsdWU=' },
      type: 'Opaque',
    })
    assert.equal((await t.of('secrets', '').items(selector)).length, 1)
    await secrets.patch('it', { metadata: { labels: { testsecret: 'true' } }, data: { key: 'dmFsdWUx' } }, { type: 'strategic' })
    const [patched] = await t.of('secrets', '').items(`${selector},testsecret=true`)
    assert.equal(patched?.data?.key, 'dmFsdWUx')
    await secrets.deleteCollection('testsecret=true')
    assert.deepEqual(await t.of('secrets', '').items(selector), [])
  },
})

const workdir = { volumes: [{ name: 'workdir1', emptyDir: {} }] }
const annotated: V1EnvVar[] = [
  { name: 'POD_NAME', value: 'foo' },
  { name: 'ANNOTATION', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.annotations['mysubpath']" } } },
]
const mounts = [
  { name: 'workdir1', mountPath: '/subpath_mount', subPathExpr: '$(ANNOTATION)/$(POD_NAME)' },
  { name: 'workdir1', mountPath: '/volume_mount' },
]
const annotatedPod = (annotations: Record<string, string>) => {
  const it = pod('it', {
    containers: [script('while :; do sleep 1; done', { env: annotated, volumeMounts: mounts })],
    ...workdir,
  })
  return { ...it, metadata: { ...it.metadata, annotations } }
}

/** A subpath that expands to what it must not be. */
const failsToExpand = (value: string): Body => {
  return async t => {
    const env = [{ name: 'POD_NAME', value }]
    const volumeMounts = [{ name: 'workdir1', mountPath: '/logscontainer', subPathExpr: '$(POD_NAME)' }]
    await t
      .of('pods')
      .create(once('it', 'true', { env, volumeMounts }, { containers: [script('true', { env, volumeMounts })], ...workdir }))
    await podThat(t, 'it', it =>
      assert.equal(it.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'CreateContainerConfigError'),
    )
  }
}

const testVar = { env: [{ name: 'TEST_VAR', value: 'test-value' }] }

conformance('sig-node', 'Variable Expansion', {
  'should allow composing env vars into new env vars': async t => {
    const env = [
      { name: 'FOO', value: 'foo-value' },
      { name: 'BAR', value: 'bar-value' },
      { name: 'FOOBAR', value: '$(FOO);;$(BAR)' },
    ]
    const said = await lines(t, { env })
    for (const line of ['FOO=foo-value', 'BAR=bar-value', 'FOOBAR=foo-value;;bar-value']) assert.ok(said.includes(line))
  },
  "should allow substituting values in a container's command": async t => {
    const command = ['sh', '-c', 'TEST_VAR=wrong echo "$(TEST_VAR)"']
    assert.equal(await output(t, once('it', '', { ...testVar, command })), 'test-value\n')
  },
  "should allow substituting values in a container's args": async t => {
    const args = ['TEST_VAR=wrong echo "$(TEST_VAR)"']
    assert.equal(await output(t, once('it', '', { ...testVar, command: ['sh', '-c'], args })), 'test-value\n')
  },
  'should allow substituting values in a volume subpath': async t => {
    const env = [{ name: 'POD_NAME', value: 'it' }]
    const volumeMounts = [
      { name: 'workdir1', mountPath: '/logscontainer', subPathExpr: '$(POD_NAME)' },
      { name: 'workdir1', mountPath: '/testcontainer' },
    ]
    const containers = [script('test -d /testcontainer/it; echo $?', { env, volumeMounts })]
    assert.equal(await output(t, pod('it', { restartPolicy: 'Never', containers, ...workdir })), '0\n')
  },
  'should fail substituting values in a volume subpath with backticks': failsToExpand('..'),
  'should fail substituting values in a volume subpath with absolute path': failsToExpand('/tmp'),
  'should verify that a failing subpath expansion can be modified during the lifecycle of a container': async t => {
    await t.of('pods').create(annotatedPod({ notmysubpath: 'mypath' }))
    await podThat(t, 'it', it =>
      assert.equal(it.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'CreateContainerConfigError'),
    )
    assert.equal((await t.of('pods').get('it')).status?.phase, 'Pending')
    await t.of('pods').patch('it', { metadata: { annotations: { mysubpath: 'mypath' } } })
    await running(t, 'it')
    await t.of('pods').delete('it')
    await noPods(t, 'name=it')
  },
  'should succeed in writing subpaths in container': async t => {
    await start(t, annotatedPod({ mysubpath: 'mypath' }))
    await exec(t, 'it', ['touch', '/volume_mount/mypath/foo/test.log'])
    await exec(t, 'it', ['test', '-f', '/subpath_mount/test.log'])
    await t.of('pods').patch('it', { metadata: { annotations: { mysubpath: 'mynewpath' } } })
    await running(t, 'it')
    await t.of('pods').delete('it')
    await noPods(t, 'name=it')
  },
})

/** The image of the web servers says who it is when nothing overrides what it runs. */
const image = 'pinnace-test/httpd:1'

conformance('sig-node', 'Containers', {
  'should use the image defaults if command and args are blank': async t => {
    await start(
      t,
      pod('it', { containers: [{ name: 'main', image, readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } }] }),
    )
    assert.match(await exec(t, 'it', ['sh', '-c', "tr '\\0' ' ' </proc/1/cmdline"]), /httpd -f -p 80/)
  },
  "should be able to override the image's default arguments (container cmd)": async t => {
    const it = pod('it', {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: busybox, args: ['echo', 'override', 'arguments'] }],
    })
    assert.equal(await output(t, it), 'override arguments\n')
  },
  "should be able to override the image's default command (container entrypoint)": async t => {
    const it = pod('it', { restartPolicy: 'Never', containers: [{ name: 'main', image, command: ['cat', '/version'] }] })
    assert.equal(await output(t, it), '1\n')
  },
  "should be able to override the image's default command and arguments": async t => {
    const it = pod('it', {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image, command: ['echo'], args: ['override', 'arguments'] }],
    })
    assert.equal(await output(t, it), 'override arguments\n')
  },
})

conformance('sig-node', 'Kubelet', {
  'when scheduling a busybox command in a pod should print the output to logs': async t => {
    await start(t, once('it', "echo 'Hello World'; sleep 240 & wait"))
    const sinceTime = new Date(Date.now() - 3_600_000).toISOString()
    assert.equal(await logs(t, 'it', { sinceTime }), 'Hello World\n')
  },
  'when scheduling a busybox command that always fails in a pod should have an terminated reason': async t => {
    await t.of('pods').create(once('it', 'false'))
    const failed = await ended(t, 'it', 'Failed')
    const [status, ...others] = failed.status?.containerStatuses ?? []
    assert.deepEqual(others, [])
    assert.ok(status?.state?.terminated?.exitCode)
    assert.ok(status.state.terminated.reason)
  },
  'when scheduling a busybox command that always fails in a pod should be possible to delete': async t => {
    await t.of('pods').create(once('it', 'false'))
    await t.of('pods').delete('it')
    await noPods(t, 'name=it')
  },
  'when scheduling an agnhost Pod with hostAliases should write entries to /etc/hosts': async t => {
    const hostAliases = [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }]
    assert.match(await output(t, once('it', 'cat /etc/hosts', {}, { hostAliases })), /^123\.45\.67\.89\tfoo\tbar$/m)
  },
  'when scheduling a read only busybox container should not write to root filesystem': async t => {
    await t.of('pods').create(once('it', 'echo test >/file; true', { securityContext: { readOnlyRootFilesystem: true } }))
    await podThat(t, 'it', it => assert.match(it.status?.phase ?? '', /Succeeded|Failed/))
    assert.match(await logs(t, 'it'), /can't create \/file: Read-only file system/)
  },
})

const managed = '# Kubernetes-managed hosts file.'

conformance('sig-node', 'KubeletManagedEtcHosts', {
  'should test kubelet managed /etc/hosts file': async t => {
    const idle = (name: string, container: Container = {}): Container =>
      script('while :; do sleep 1; done', { name, ...container })
    const own = idle('busybox-3', { volumeMounts: [{ name: 'host', mountPath: '/etc/hosts' }] })
    const volumes = [{ name: 'host', hostPath: { path: '/etc/hosts', type: 'File' } }]
    await start(t, pod('test-pod', { containers: [idle('busybox-1'), idle('busybox-2'), own], volumes }))
    await start(t, pod('test-host-network-pod', { containers: [idle('busybox-1'), idle('busybox-2')], hostNetwork: true }))
    const hosts = async (name: string, container: string): Promise<boolean> =>
      (await exec(t, name, ['cat', '/etc/hosts'], container)).includes(managed)
    assert.ok(await hosts('test-pod', 'busybox-1'))
    assert.ok(await hosts('test-pod', 'busybox-2'))
    assert.ok(!(await hosts('test-pod', 'busybox-3')))
    assert.ok(!(await hosts('test-host-network-pod', 'busybox-1')))
    assert.ok(!(await hosts('test-host-network-pod', 'busybox-2')))
  },
})
