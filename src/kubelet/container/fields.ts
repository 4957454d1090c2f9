import type { Container, Pod, ResourceFieldSelector } from '#api/core/v1.ts'
import { quote } from '#machinery/causes.ts'
import { milli, value } from '#machinery/quantity.ts'

/** What of a pod only its node knows. */
export interface Place {
  readonly hostIps: readonly string[]
  readonly podIps: readonly string[]
  /** The node's allocatable resources: the limits of containers that have none. */
  readonly allocatable: Readonly<Record<string, string | number>>
}

/** A field of a pod as text, as fieldRef names it. Throws where there is no such field. */
export function fieldOf(pod: Readonly<Pod>, path: string, { hostIps, podIps }: Place): string {
  const { metadata, spec } = pod
  const subscript = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(path)
  if (subscript) return (subscript[1] === 'metadata.labels' ? metadata.labels : metadata.annotations)?.[subscript[2]!] ?? ''
  switch (path) {
    case 'metadata.name':
      return metadata.name ?? ''
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'metadata.labels':
      return lines(metadata.labels ?? {})
    case 'metadata.annotations':
      return lines(metadata.annotations ?? {})
    case 'spec.nodeName':
      return spec?.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? ''
    case 'status.hostIP':
      return hostIps[0] ?? ''
    case 'status.hostIPs':
      return hostIps.join(',')
    case 'status.podIP':
      return podIps[0] ?? ''
    case 'status.podIPs':
      return podIps.join(',')
    default:
      throw new Error(`unsupported fieldPath: ${path}`)
  }
}

/** A request or limit of a container in whole divisors, rounded up. A limit that is not set is all the node has. */
export function resourceOf(container: Container, { resource, divisor }: ResourceFieldSelector, { allocatable }: Place): string {
  const [, list, name] = /^(limits|requests)\.(.+)$/.exec(resource) ?? []
  if (!list || !name || !/^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name))
    throw new Error(`unsupported container resource : ${resource}`)
  const { limits, requests } = container.resources ?? {}
  const own = list === 'limits' ? (limits?.[name] ?? allocatable[name]) : requests?.[name]
  const unit = divisor !== undefined && milli(divisor) > 0 ? divisor : '1'
  const amount = own ?? '0'
  return String(name === 'cpu' ? Math.ceil(milli(amount) / milli(unit)) : Math.ceil(value(amount) / value(unit)))
}

const lines = (map: Readonly<Record<string, string>>): string =>
  Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => `${key}=${quote(text)}`)
    .join('\n')
