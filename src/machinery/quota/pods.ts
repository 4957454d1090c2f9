import type { Container, Pod, PodAffinityTerm, ScopedResourceSelectorRequirement } from '#api/core/v1.ts'
import { requirement, selectorFrom } from '#machinery/labels.ts'
import { type Amounts, podLimits, podRequests } from '#machinery/pod-resources.ts'
import type { Evaluator } from './evaluator.ts'

const native = ['cpu', 'memory', 'ephemeral-storage']
const counted = new Set(['count/pods', 'pods', ...native.flatMap(name => [name, `requests.${name}`, `limits.${name}`])])
/** Where these are limited every container must say how much it wants (a mistake of upstream's that has to stay). */
const demanded = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory']

const isExtended = (name: string): boolean =>
  name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name) && !name.startsWith('requests.')

/** How pods count: `count/pods` all that there are, all else those that have not ended (upstream: evaluator/core/pods.go). */
export const pods: Evaluator<Pod> = {
  counts: name =>
    counted.has(name) ||
    name.startsWith('hugepages-') ||
    name.startsWith('requests.hugepages-') ||
    (name.startsWith('requests.') && name.includes('/')),

  usage(pod) {
    const phase = pod.status?.phase
    if (phase === 'Failed' || phase === 'Succeeded') return { 'count/pods': '1' }
    return { 'count/pods': '1', pods: '1', ...computed(podRequests(pod), podLimits(pod)) }
  },

  inScope(pod, scope) {
    const { spec, status } = pod
    switch (scope.scopeName) {
      case 'Terminating':
        return (spec.activeDeadlineSeconds ?? -1) >= 0
      case 'NotTerminating':
        return (spec.activeDeadlineSeconds ?? -1) < 0
      case 'BestEffort':
        return status?.qosClass === 'BestEffort'
      case 'NotBestEffort':
        return status?.qosClass !== 'BestEffort'
      case 'PriorityClass':
        return hasPriority(spec.priorityClassName, scope)
      case 'CrossNamespacePodAffinity':
        return affinityTerms(pod).some(({ namespaces, namespaceSelector }) => namespaces?.length || namespaceSelector)
      default:
        return false
    }
  },

  problem({ spec }, limited) {
    const wanted = demanded.filter(name => limited.includes(name))
    const lacking = wanted.flatMap(name => {
      const containers = [...spec.containers, ...(spec.initContainers ?? [])].filter(each => !(name in ofContainer(each)))
      return containers.length > 0 ? `${name} for: ${[...new Set(containers.map(each => each.name))].sort().join(',')}` : []
    })
    return lacking.length > 0 ? `must specify ${lacking.join('; ')}` : undefined
  },
}

const ofContainer = ({ resources }: Container): Amounts => computed(resources?.requests ?? {}, resources?.limits ?? {})

function computed(requests: Amounts, limits: Amounts): Amounts {
  const used: Record<string, string> = {}
  for (const [name, amount] of Object.entries(requests)) {
    const isNative = native.includes(name) || name.startsWith('hugepages-')
    if (isNative) used[name] = amount
    if (isNative || isExtended(name)) used[`requests.${name}`] = amount
  }
  for (const name of native) if (limits[name] !== undefined) used[`limits.${name}`] = limits[name]
  return used
}

function hasPriority(name: string | undefined, { operator, values }: ScopedResourceSelectorRequirement): boolean {
  if (operator === 'Exists') return Boolean(name)
  try {
    return selectorFrom([requirement('PriorityClass', operator, values ?? [])]).matches(name ? { PriorityClass: name } : {})
  } catch {
    return false
  }
}

function affinityTerms({ spec: { affinity } }: Readonly<Pod>): readonly PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap(each => [
    ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ])
}
