import type { Pod } from '#api/core/v1.ts'

const longestName = 63

/** The host name of a pod, and with a subdomain its domain. */
export function hostnameOf({ metadata, spec }: Readonly<Pod>, clusterDomain: string): { hostname: string; domain: string } {
  const hostname = (spec?.hostnameOverride ?? spec?.hostname ?? metadata.name ?? '').slice(0, longestName).replace(/[-.]+$/, '')
  const domain = spec?.subdomain && !spec.hostnameOverride ? `${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}` : ''
  return { hostname, domain }
}

/** The content of a pod's /etc/hosts. Pods on the host's network get the host's own, which is given. */
export function hostsFile(pod: Readonly<Pod>, podIps: readonly string[], clusterDomain: string, ofHost: string): string {
  const aliases = pod.spec?.hostAliases ?? []
  const added = aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`).join('')
  const end = added && `\n# Entries added by HostAliases.\n${added}`
  if (pod.spec?.hostNetwork) return `# Kubernetes-managed hosts file (host network).\n${ofHost}${end}`
  const { hostname, domain } = hostnameOf(pod, clusterDomain)
  const names = domain ? `${hostname}.${domain}\t${hostname}` : hostname
  return `${head}${podIps.map(ip => `${ip}\t${names}\n`).join('')}${end}`
}

const head = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`
