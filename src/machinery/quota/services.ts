import type { Service } from '#api/core/v1.ts'
import type { Evaluator } from './evaluator.ts'

/** How Services count: also by the node ports and load balancers they take (upstream: evaluator/core/services.go). */
export const services: Evaluator<Service> = {
  counts: name => ['count/services', 'services', 'services.nodeports', 'services.loadbalancers'].includes(name),

  usage({ spec }) {
    const ports = spec.ports ?? []
    const isBalanced = spec.type === 'LoadBalancer'
    const taken = isBalanced && spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort) : ports
    const nodePorts = isBalanced || spec.type === 'NodePort' ? taken.length : 0
    return {
      'count/services': '1',
      services: '1',
      'services.nodeports': String(nodePorts),
      'services.loadbalancers': isBalanced ? '1' : '0',
    }
  },
}
