import type { ServiceSpec } from '#api/core/v1.ts'

/** Whether a service has an address in the cluster (or none on purpose, when headless). */
export const needsClusterIp = ({ type }: ServiceSpec): boolean =>
  type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer'

/** Whether a service may have ports on every node, if only those it names. */
export const mayHaveNodePorts = ({ type }: ServiceSpec): boolean => type === 'NodePort' || type === 'LoadBalancer'

/** Whether a service has a port on every node for each of its own. */
export const needsNodePort = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)

/** Whether load balancers ask the nodes where a service's pods are. */
export const needsHealthCheck = (spec: ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
