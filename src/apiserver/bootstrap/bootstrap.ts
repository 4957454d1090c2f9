import { Endpoints, Namespace, Service } from '#api/core/v1.ts'
import { EndpointSlice } from '#api/discovery/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '#api/rbac/v1.ts'
import { PriorityClass } from '#api/scheduling/v1.ts'
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#apiserver/authorization/bootstrap/index.ts'
import { reconciledBinding, reconciledRole } from '#apiserver/authorization/bootstrap/reconcile.ts'
import { ensureFlowControl } from '#apiserver/flow-control/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { ensure, put, reconcile } from './ensure.ts'

/** Where clients inside the cluster find the API servers. */
export interface Advertised {
  /** The address of the Service `kubernetes`: the first of the service range. */
  readonly serviceIp: string
  /** Where API servers really listen; none, if no pod could reach them there. */
  readonly addresses: readonly string[]
  readonly port: number
}

/**
 * Makes what every cluster has from its first moment: system namespaces, roles, priority classes, flow control. Of roles and of what
 * must be what is missing is put back; all else that is there stays as it is.
 */
export async function bootstrap(reader: Reader): Promise<void> {
  const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']
  await Promise.all(
    namespaces.map(name => ensure(reader, Namespace, { kind: 'Namespace', apiVersion: 'v1', metadata: { name } })),
  )
  await Promise.all([
    ...clusterRoles.map(role => reconcile(reader, ClusterRole, role, reconciledRole)),
    ...clusterRoleBindings.map(binding => reconcile(reader, ClusterRoleBinding, binding, reconciledBinding)),
    ...roles.map(role => reconcile(reader, Role, role, reconciledRole)),
    ...roleBindings.map(binding => reconcile(reader, RoleBinding, binding, reconciledBinding)),
    ...priorityClasses.map(each => ensure(reader, PriorityClass, each)),
    ensureFlowControl(reader),
  ])
}

/** Lets the Service `kubernetes` and its endpoints point at these API servers. */
export async function advertise(reader: Reader, { serviceIp, addresses, port }: Advertised): Promise<void> {
  const metadata = { name: 'kubernetes', namespace: 'default' }
  const ports = [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }]
  const labels = { component: 'apiserver', provider: 'kubernetes' }
  const spec = { type: 'ClusterIP', clusterIP: serviceIp, clusterIPs: [serviceIp], ports, sessionAffinity: 'None' }
  await ensure(reader, Service, { kind: 'Service', apiVersion: 'v1', metadata: { ...metadata, labels }, spec } as KubeObject)
  if (addresses.length === 0) return
  const mirrored = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  const https = { name: 'https', port, protocol: 'TCP' }
  await put(reader, Endpoints, {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: { ...metadata, labels: mirrored },
    subsets: [{ addresses: addresses.map(ip => ({ ip })), ports: [https] }],
  } as KubeObject)
  await put(reader, EndpointSlice, {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: addresses.map(address => ({ addresses: [address], conditions: { ready: true } })),
    ports: [https],
  } as KubeObject)
}

const priorityClasses: readonly KubeObject[] = [
  [
    'system-node-critical',
    2_000_001_000,
    'Used for system critical pods that must not be moved from their current node.',
  ] as const,
  [
    'system-cluster-critical',
    2_000_000_000,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ] as const,
].map(
  ([name, value, description]) =>
    ({ kind: 'PriorityClass', apiVersion: 'scheduling.k8s.io/v1', metadata: { name }, value, description }) as KubeObject,
)
