import { randomUUID } from 'node:crypto'
import { ConfigMap, Node, Pod, Service } from '#api/core/v1.ts'
import { EndpointSlice } from '#api/discovery/v1.ts'
import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { Stored } from '#apiserver/store/stored.ts'
import { openLmdb } from '#storage/lmdb.ts'
import { must, type Target } from './load/fetch.ts'

const creationTimestamp = '2026-01-01T00:00:00Z'
const made = (name: string, namespace?: string) => ({
  name,
  ...(namespace && { namespace }),
  uid: randomUUID(),
  creationTimestamp,
})

/** Fills `padding` with so much that the object has so many bytes as JSON. */
function sized<T extends { metadata: object }>(object: T, bytes: number): T {
  const annotations = { padding: '' }
  const padded = { ...object, metadata: { ...object.metadata, annotations } }
  annotations.padding = 'x'.repeat(Math.max(0, bytes - JSON.stringify(padded).length))
  return padded
}

/** A ConfigMap of 1 KiB as a client sends it. */
export const configMap = (name: string, more: object = {}): string => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { filling: '', ...more } }
  object.data.filling = 'x'.repeat(1024 - JSON.stringify(object).length)
  return JSON.stringify(object)
}

/** Gives the namespace the account without which it takes no pods, where no controller does. */
export async function makeAccount(target: Target): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  await must(target, '/api/v1/namespaces/default/serviceaccounts', { method: 'POST', body })
}

/** A pod of a name as a client sends it. */
export const podBody = (name: string, image = 'example.org/app:1', more: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench' } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'app', image, resources: { requests: { cpu: '1m', memory: '1Mi' } }, ...more }],
    },
  })

/** A pod as it is stored, of 2 KiB, every default filled in. */
export const storedPod = (index: number): KubeObject =>
  sized(
    {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { ...made(`pod-${index}`, 'default'), generation: 1, labels: { app: 'bench', of: `ten-${index % 10}` } },
      spec: {
        containers: [
          {
            name: 'app',
            image: 'example.org/app:1',
            resources: { requests: { cpu: '1m', memory: '1Mi' } },
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            imagePullPolicy: 'IfNotPresent',
          },
        ],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
        enableServiceLinks: true,
        serviceAccountName: 'default',
        preemptionPolicy: 'PreemptLowerPriority',
        priority: 0,
        tolerations: ['not-ready', 'unreachable'].map(what => ({
          key: `node.kubernetes.io/${what}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        })),
      },
      status: { phase: 'Pending', qosClass: 'Burstable' },
    },
    2048,
  ) as KubeObject

export const storedConfigMap = (index: number): KubeObject =>
  sized(
    { kind: 'ConfigMap', apiVersion: 'v1', metadata: made(`config-${index}`, 'default'), data: { index: String(index) } },
    1024,
  ) as KubeObject

const capacity = { cpu: '32', memory: '256Gi', pods: '110', 'ephemeral-storage': '100Gi' }

/** A node that is Ready, in one of ten zones, and has no kubelet. */
export const storedNode = (index: number): KubeObject =>
  ({
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      ...made(`node-${index}`),
      labels: { 'kubernetes.io/hostname': `node-${index}`, 'topology.kubernetes.io/zone': `zone-${index % 10}` },
    },
    spec: {},
    status: { capacity, allocatable: capacity, conditions: [{ type: 'Ready', status: 'True' }] },
  }) as KubeObject

const clusterIp = (index: number): string => `10.96.${100 + (index >> 8)}.${index & 255}`
const port = { name: 'http', protocol: 'TCP', port: 80 }

/** A Service with a cluster IP; what it selects does not exist, so nobody but the benchmark keeps its slice. */
const storedService = (index: number): KubeObject =>
  ({
    kind: 'Service',
    apiVersion: 'v1',
    metadata: made(`service-${index}`, 'default'),
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp(index),
      clusterIPs: [clusterIp(index)],
      ports: [{ ...port, targetPort: 80 }],
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  }) as KubeObject

/** The endpoints of that Service. */
const storedSlice = (index: number): KubeObject =>
  ({
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { ...made(`service-${index}`, 'default'), labels: { 'kubernetes.io/service-name': `service-${index}` } },
    addressType: 'IPv4',
    endpoints: [0, 1].map(at => ({ addresses: [`10.244.${at}.${index & 255}`], conditions: { ready: true } })),
    ports: [port],
  }) as KubeObject

/** What a store can be filled with: the prefix of its keys, the kind, and how one is made. */
export const stocks = {
  pods: [Pod, storedPod],
  configmaps: [ConfigMap, storedConfigMap],
  minions: [Node, storedNode],
  'services/specs': [Service, storedService],
  endpointslices: [EndpointSlice, storedSlice],
} as const

/** Puts objects into the storage of a cluster that does not run, as its API server would have stored them. */
export async function fill(data: string, what: keyof typeof stocks, count: number): Promise<void> {
  const storage = await openLmdb(`${data}/storage`)
  await stock(what, count, (key, value) => storage.write({ key, value, expected: 0 }))
  await storage.close()
}

/** Writes objects as an API server stores them, some thousands at a time. */
export async function stock(
  what: keyof typeof stocks,
  count: number,
  write: (key: string, value: Uint8Array) => Promise<unknown>,
): Promise<void> {
  const [kind, make] = stocks[what] as readonly [Kind, (index: number) => KubeObject]
  const stored = new Stored(kind)
  const prefix = `/registry/${what}/${kind.scope === 'Namespaced' ? 'default/' : ''}`
  for (let at = 0; at < count; at += 5000) {
    const writes = Array.from({ length: Math.min(5000, count - at) }, (_, index) => {
      const object = make(at + index)
      return write(prefix + object.metadata.name, stored.encode(object))
    })
    await Promise.all(writes)
  }
}
