import assert from 'node:assert/strict'
import type { V1DownwardAPIVolumeFile, V1ResourceRequirements } from '@kubernetes/client-node'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Draft } from './harness/door.ts'
import { exec, once, output, pod, script, start } from './harness/pods.ts'
import type { Body } from './harness/site.ts'

const resources: V1ResourceRequirements = {
  requests: { cpu: '250m', memory: '32Mi' },
  limits: { cpu: '1250m', memory: '64Mi' },
}

type Item = Draft<V1DownwardAPIVolumeFile>

const podInfo = (projected: boolean, items: Item[], defaultMode?: number) => {
  const mode = defaultMode === undefined ? {} : { defaultMode }
  return projected
    ? { name: 'podinfo', projected: { ...mode, sources: [{ downwardAPI: { items } }] } }
    : { name: 'podinfo', downwardAPI: { ...mode, items } }
}

const mount = { volumeMounts: [{ name: 'podinfo', mountPath: '/etc/podinfo' }] }
const podName: Item = { path: 'podname', fieldRef: { fieldPath: 'metadata.name' } }

/** The tests of the downward API in volumes, which upstream has twice. */
function tests(projected: boolean): Record<string, Body> {
  const shows = (text: string, items: Item[], wanted: RegExp, limited = true, defaultMode?: number): Body => {
    return async t => {
      const containers = [script(text, { ...mount, ...(limited && { resources }) })]
      const volumes = [podInfo(projected, items, defaultMode)]
      assert.match(await output(t, pod('it', { restartPolicy: 'Never', containers, volumes })), wanted)
    }
  }
  const ofResource = (resource: string, wanted: RegExp, limited = true): Body =>
    shows('cat /etc/podinfo/it', [{ path: 'it', resourceFieldRef: { containerName: 'main', resource } }], wanted, limited)
  const follows = (field: 'labels' | 'annotations', change: Record<string, string>): Body => {
    return async t => {
      const before = field === 'labels' ? { key1: 'value1', key2: 'value2' } : { builder: 'bar' }
      const volumes = [podInfo(projected, [{ path: field, fieldRef: { fieldPath: `metadata.${field}` } }])]
      const it = pod('it', { containers: [script('while :; do sleep 1; done', mount)], volumes })
      await start(t, { ...it, metadata: { name: 'it', [field]: before } })
      const says = (wanted: Record<string, string>): Promise<void> =>
        eventually(async () => {
          const lines = (await exec(t, 'it', ['cat', `/etc/podinfo/${field}`])).split('\n')
          for (const [key, value] of Object.entries(wanted)) assert.ok(lines.includes(`${key}="${value}"`), `${key} in ${lines}`)
        }, 120_000)
      await says(before as Record<string, string>)
      await t.of('pods').patch('it', { metadata: { [field]: change } })
      await says(change)
    }
  }
  return {
    'should provide podname only': shows('cat /etc/podinfo/podname', [podName], /^it$/),
    'should set DefaultMode on files': shows('stat -L -c %a /etc/podinfo/podname', [podName], /^400$/m, true, 0o400),
    'should set mode on item file': shows('stat -L -c %a /etc/podinfo/podname', [{ ...podName, mode: 0o400 }], /^400$/m),
    'should update labels on modification': follows('labels', { key3: 'value3' }),
    'should update annotations on modification': follows('annotations', { builder: 'foo' }),
    "should provide container's cpu limit": ofResource('limits.cpu', /^2$/),
    "should provide container's memory limit": ofResource('limits.memory', /^67108864$/),
    "should provide container's cpu request": ofResource('requests.cpu', /^1$/),
    "should provide container's memory request": ofResource('requests.memory', /^33554432$/),
    'should provide node allocatable (cpu) as default cpu limit if the limit is not set': ofResource(
      'limits.cpu',
      /^[1-9]\d*$/,
      false,
    ),
    'should provide node allocatable (memory) as default memory limit if the limit is not set': ofResource(
      'limits.memory',
      /^[1-9]\d*$/,
      false,
    ),
  }
}

conformance('sig-storage', 'Downward API volume', tests(false))
conformance('sig-storage', 'Projected downwardAPI', tests(true))

/** The container's environment has a line for each of these. */
const environment = (env: Record<string, object>, wanted: readonly RegExp[], limited = false): Body => {
  return async t => {
    const list = Object.entries(env).map(([name, valueFrom]) => ({ name, valueFrom }))
    const said = await output(t, once('it', 'env', { env: list, ...(limited && { resources }) }))
    for (const pattern of wanted) assert.match(said, pattern)
    const { metadata, status } = await t.of('pods').get('it')
    for (const [, uid] of said.matchAll(/^POD_UID=(.*)$/gm)) assert.equal(uid, metadata?.uid)
    for (const [, ip] of said.matchAll(/^HOST_IP=(.*)$/gm)) assert.equal(ip, status?.hostIP)
    for (const [, namespace] of said.matchAll(/^POD_NAMESPACE=(.*)$/gm)) assert.equal(namespace, t.namespace)
  }
}

const field = (fieldPath: string): object => ({ fieldRef: { apiVersion: 'v1', fieldPath } })
const amount = (resource: string): object => ({ resourceFieldRef: { resource } })

conformance('sig-node', 'Downward API', {
  'should provide pod name, namespace and IP address as env vars': environment(
    { POD_NAME: field('metadata.name'), POD_NAMESPACE: field('metadata.namespace'), POD_IP: field('status.podIP') },
    [/^POD_NAME=it$/m, /^POD_NAMESPACE=.+$/m, /^POD_IP=(\d+\.){3}\d+$/m],
  ),
  'should provide host IP as an env var': environment({ HOST_IP: field('status.hostIP') }, [/^HOST_IP=(\d+\.){3}\d+$/m]),
  'should provide pod UID as env vars': environment({ POD_UID: field('metadata.uid') }, [/^POD_UID=[0-9a-f-]{36}$/m]),
  "should provide container's limits.cpu/memory and requests.cpu/memory as env vars": environment(
    {
      CPU_LIMIT: amount('limits.cpu'),
      MEMORY_LIMIT: amount('limits.memory'),
      CPU_REQUEST: amount('requests.cpu'),
      MEMORY_REQUEST: amount('requests.memory'),
    },
    [/^CPU_LIMIT=2$/m, /^MEMORY_LIMIT=67108864$/m, /^CPU_REQUEST=1$/m, /^MEMORY_REQUEST=33554432$/m],
    true,
  ),
  'should provide default limits.cpu/memory from node allocatable': environment(
    { CPU_LIMIT: amount('limits.cpu'), MEMORY_LIMIT: amount('limits.memory') },
    [/^CPU_LIMIT=[1-9]\d*$/m, /^MEMORY_LIMIT=[1-9]\d*$/m],
  ),
})
