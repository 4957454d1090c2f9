import type { Pod } from '#api/core/v1.ts'
import type { Dns } from '#kubelet/runtime.ts'

const mostServers = 3
const mostSearches = 32

/** What the kubelet knows of names. */
export interface Names {
  /** The cluster's DNS servers; none: pods use the host's. */
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  /** The content of the host's resolv.conf. */
  readonly resolvConf: string
}

/** What stands in a pod's /etc/resolv.conf, by its dnsPolicy and dnsConfig. */
export function dnsOf({ metadata, spec }: Readonly<Pod>, { clusterDns, clusterDomain, resolvConf }: Names): Dns {
  const host = parseResolvConf(resolvConf)
  const base = ((): Dns => {
    if (spec?.dnsPolicy === 'None') return { servers: [], searches: [], options: [] }
    const isCluster =
      spec?.dnsPolicy === 'ClusterFirstWithHostNet' ||
      ((spec?.dnsPolicy ?? 'ClusterFirst') === 'ClusterFirst' && !spec?.hostNetwork)
    if (!isCluster || clusterDns.length === 0) return host
    const searches = [`${metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain, ...host.searches]
    return { servers: clusterDns, searches: unique(searches), options: ['ndots:5'] }
  })()
  const { nameservers = [], searches = [], options = [] } = spec?.dnsConfig ?? {}
  const merged = new Map(base.options.map(option => [option.split(':')[0]!, option]))
  for (const { name = '', value } of options) merged.set(name, value ? `${name}:${value}` : name)
  return {
    servers: unique([...base.servers, ...nameservers]).slice(0, mostServers),
    searches: unique([...base.searches, ...searches]).slice(0, mostSearches),
    options: [...merged.values()],
  }
}

/** The servers, search domains and options of a resolv.conf; of search lines the last one counts. */
export function parseResolvConf(text: string): Dns {
  const servers: string[] = []
  let searches: string[] = []
  const options = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/)
    if (keyword === 'nameserver' && words[0]) servers.push(words[0])
    else if (keyword === 'search') searches = words.filter(word => word !== '.').map(word => word.replace(/\.$/, ''))
    else if (keyword === 'options') for (const word of words) options.set(word.split(':')[0]!, word)
  }
  return { servers, searches, options: [...options.values()] }
}

const unique = (words: readonly string[]): string[] => [...new Set(words)]
