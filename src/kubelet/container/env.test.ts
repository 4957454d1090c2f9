import assert from 'node:assert/strict'
import { ConfigMap, type Container, Secret, type Service } from '#api/core/v1.ts'
import { notFound } from '#api/status.ts'
import { podOf } from '#kubelet/testing.ts'
import { environment, type Surroundings, withCommand } from './env.ts'
import { serviceVariables } from './service-env.ts'

const around: Surroundings = {
  place: { hostIps: ['10.0.0.1'], podIps: ['10.244.0.9'], allocatable: { cpu: '4', memory: '8Gi' } },
  services: new Map([['DB_SERVICE_HOST', '10.96.0.7']]),
  configMap: async name => {
    if (name !== 'settings') throw notFound(ConfigMap, name)
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { color: 'blue', size: '3' } }
  },
  secret: async name => {
    if (name !== 'keys') throw notFound(Secret, name)
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { password: 'aHVudGVyMg==' } }
  },
}
const env = async (container: Partial<Container>): Promise<Record<string, string>> => {
  const pod = podOf({ nodeName: 'n1', serviceAccountName: 'sa' }, { metadata: { labels: { b: '2', a: '1' } } })
  const variables = await environment(pod, { name: 'app', ...container }, around)
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]))
}

describe('a container’s environment', () => {
  it('expands what stands before it, and services', async () => {
    const { C, D } = await env({
      env: [
        { name: 'A', value: '1' },
        { name: 'C', value: '$(A)$(B)' },
        { name: 'B', value: '2' },
        { name: 'D', value: '$(DB_SERVICE_HOST)' },
      ],
    })
    assert.deepEqual([C, D], ['1$(B)', '10.96.0.7'])
  })
  it('takes ConfigMaps and Secrets whole, with a prefix, and lets env override', async () => {
    const found = await env({
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }],
      env: [{ name: 'P_size', value: '4' }],
    })
    assert.deepEqual([found.P_color, found.P_size, found.password], ['blue', '4', 'hunter2'])
  })
  it('takes single keys', async () => {
    const valueFrom = { configMapKeyRef: { name: 'settings', key: 'color' } }
    assert.equal((await env({ env: [{ name: 'A', valueFrom }] })).A, 'blue')
  })
  it('passes over what is optional and missing', async () => {
    const valueFrom = { configMapKeyRef: { name: 'settings', key: 'nothing', optional: true } }
    assert.ok(
      !('A' in (await env({ env: [{ name: 'A', valueFrom }], envFrom: [{ secretRef: { name: 'none', optional: true } }] }))),
    )
  })
  it('says in upstream’s words what is missing', async () => {
    await assert.rejects(env({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'x' } } }] }), {
      message: "couldn't find key x in ConfigMap shop/settings",
    })
    await assert.rejects(env({ envFrom: [{ configMapRef: { name: 'none' } }] }), { message: 'configmaps "none" not found' })
  })
  const fields: readonly [path: string, text: string][] = [
    ['metadata.name', 'web'],
    ['metadata.labels', 'a="1"\nb="2"'],
    ["metadata.labels['a']", '1'],
    ['spec.nodeName', 'n1'],
    ['spec.serviceAccountName', 'sa'],
    ['status.podIP', '10.244.0.9'],
    ['status.hostIP', '10.0.0.1'],
  ]
  for (const [fieldPath, text] of fields)
    it(`knows ${fieldPath}`, async () =>
      assert.equal((await env({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath } } }] })).A, text))
  it('knows requests and limits in divisors, and the node’s resources where there is no limit', async () => {
    const resources = { requests: { cpu: '250m' }, limits: { memory: '64Mi' } }
    const of = async (resource: string, divisor?: string): Promise<string | undefined> =>
      (await env({ resources, env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource, ...(divisor && { divisor }) } } }] }))
        .A
    assert.deepEqual(
      await Promise.all([of('requests.cpu'), of('requests.cpu', '1m'), of('limits.memory', '1Mi'), of('limits.cpu')]),
      ['1', '250', '64', '4'],
    )
  })
  it('fills command and args', () => {
    const { command, args } = withCommand({ name: 'app', command: ['$(A)', '$$(A)'], args: ['$(B)'] }, [
      { name: 'A', value: 'x' },
    ])
    assert.deepEqual([command, args], [['x', '$(A)'], ['$(B)']])
  })
})

describe('the variables of services', () => {
  const service = (namespace: string, name: string, clusterIP: string): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: {
      clusterIP,
      ports: [
        { name: 'http', port: 80 },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    },
  })
  const all = [
    service('default', 'kubernetes', '10.96.0.1'),
    service('shop', 'my-db', '10.96.0.7'),
    service('shop', 'none', 'None'),
    service('other', 'x', '10.96.0.8'),
  ]
  it('are upstream’s and Docker’s', () => {
    const found = serviceVariables(all, 'shop', true)
    const expected = {
      MY_DB_SERVICE_HOST: '10.96.0.7',
      MY_DB_SERVICE_PORT: '80',
      MY_DB_SERVICE_PORT_DNS: '53',
      MY_DB_PORT: 'tcp://10.96.0.7:80',
      MY_DB_PORT_53_UDP: 'udp://10.96.0.7:53',
      MY_DB_PORT_53_UDP_PROTO: 'udp',
      MY_DB_PORT_80_TCP_ADDR: '10.96.0.7',
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
    }
    for (const [name, value] of Object.entries(expected)) assert.equal(found.get(name), value, name)
    assert.ok(!found.has('X_SERVICE_HOST') && !found.has('NONE_SERVICE_HOST'))
  })
  it('are the API server’s only, where links are not wanted', () => {
    assert.ok(Array.from(serviceVariables(all, 'shop', false).keys()).every(name => name.startsWith('KUBERNETES_')))
  })
})
