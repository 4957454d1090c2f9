import { createHash } from 'node:crypto'
import type { Backend } from './endpoints.ts'
import type { Rule } from './rules.ts'

/** One entry of a named set or map of the table. */
export interface Element {
  readonly of:
    | 'cluster-ips'
    | 'hairpin-connections'
    | 'service-ips'
    | 'service-nodeports'
    | 'no-endpoint-services'
    | 'no-endpoint-nodeports'
    | 'firewall-ips'
  readonly key: string
  /** A verdict, in a map. */
  readonly value?: string
}

/** What the table holds for one service port. */
export interface Piece {
  /** The rules of each chain. */
  readonly chains: ReadonlyMap<string, readonly string[]>
  /** Sets that remember which client uses which backend. */
  readonly affinity: readonly string[]
  readonly elements: readonly Element[]
}

/** The addresses of pods: traffic from elsewhere is masqueraded. */
export interface Cidrs {
  readonly pods: string
  readonly services: string
}

export const masquerade = 'mark set mark or 0x00004000'

/** How an address is answered: the chain to go to, and what becomes of traffic that finds no backend there. */
interface Answer {
  readonly chain?: string
  readonly refusal?: string
}

/** Writes one rule as chains and elements, laid out as kube-proxy's nftables mode does. */
export function pieceOf(rule: Rule, { pods }: Cidrs): Piece {
  const id = identify(rule)
  const chains = new Map<string, readonly string[]>()
  const cluster = `service-${id}`
  const local = `local-${id}`
  const outside = `external-${id}`
  const external = rule.nodePort !== undefined || rule.externalIps.length > 0 || rule.loadBalancerIps.length > 0
  const needsCluster = !rule.internalLocal || external
  const needsLocal = rule.internalLocal || (rule.externalLocal && external)
  if (needsCluster && rule.cluster.length > 0) chains.set(cluster, choose(rule, rule.cluster))
  if (needsLocal && rule.local.length > 0) chains.set(local, choose(rule, rule.local))
  if (external && rule.anywhere) chains.set(outside, entrance(rule, chains, cluster, local, pods))

  const reachable = new Map(chainsBackends(rule, chains, cluster, local).map(each => [`${each.address}.${each.port}`, each]))
  const sticky = rule.affinitySeconds === undefined ? [] : [...reachable.values()]
  for (const backend of sticky) chains.set(`endpoint-${identify(rule, backend)}`, remember(rule, backend))
  const firewalled = rule.loadBalancerIps.length > 0 && rule.sourceRanges.length > 0
  if (firewalled) chains.set(`firewall-${id}`, [`ip saddr != { ${rule.sourceRanges.join(', ')} } drop`])

  return {
    chains,
    affinity: sticky.map(each => `affinity-${identify(rule, each)}`),
    elements: [...elementsOf(rule, chains, id, reachable.values())],
  }
}

function* elementsOf(rule: Rule, chains: Piece['chains'], id: string, reachable: Iterable<Backend>): Generator<Element> {
  const { protocol, port, clusterIp, nodePort, anywhere } = rule
  const refused = anywhere ? 'drop' : 'goto reject-chain'
  const internal = rule.internalLocal ? `local-${id}` : `service-${id}`
  const hasInternal = chains.has(internal)
  const hasExternal = (rule.externalLocal ? rule.local : rule.cluster).length > 0
  const answer: Answer = { ...(anywhere && { chain: `external-${id}` }), ...(!hasExternal && { refusal: refused }) }

  yield { of: 'cluster-ips', key: clusterIp }
  yield* answered(`${clusterIp} . ${protocol} . ${port}`, hasInternal ? { chain: internal } : { refusal: refused })
  for (const ip of [...rule.externalIps, ...rule.loadBalancerIps]) yield* answered(`${ip} . ${protocol} . ${port}`, answer)
  if (chains.has(`firewall-${id}`)) {
    for (const ip of rule.loadBalancerIps)
      yield { of: 'firewall-ips', key: `${ip} . ${protocol} . ${port}`, value: `goto firewall-${id}` }
  }
  if (nodePort !== undefined) {
    const key = `${protocol} . ${nodePort}`
    if (answer.chain) yield { of: 'service-nodeports', key, value: `goto ${answer.chain}` }
    if (answer.refusal) yield { of: 'no-endpoint-nodeports', key, value: answer.refusal }
  }
  for (const { address, port, local } of reachable) {
    if (local) yield { of: 'hairpin-connections', key: `${address} . ${address} . ${protocol} . ${port}` }
  }
}

function* answered(key: string, { chain, refusal }: Answer): Generator<Element> {
  if (chain) yield { of: 'service-ips', key, value: `goto ${chain}` }
  if (refusal) yield { of: 'no-endpoint-services', key, value: refusal }
}

/** The rules for traffic to addresses that are not the cluster IP. */
function entrance(rule: Rule, chains: Piece['chains'], cluster: string, local: string, pods: string): string[] {
  const goto = (chain: string, from = ''): string[] => (chains.has(chain) ? [`${from}goto ${chain}`] : [])
  if (!rule.externalLocal) return [masquerade, ...goto(cluster)]
  // Pods and the machine itself are inside already: the policy is not about them.
  return [
    ...goto(cluster, `ip saddr ${pods} `),
    `fib saddr type local ${masquerade}`,
    ...goto(cluster, 'fib saddr type local '),
    ...goto(local),
  ]
}

/** The rules that send traffic to one of the backends, or to the one a client had before. */
function choose(rule: Rule, backends: readonly Backend[]): string[] {
  const { protocol, affinitySeconds } = rule
  if (affinitySeconds !== undefined) {
    const goto = (backend: Backend): string => `goto endpoint-${identify(rule, backend)}`
    const known = backends.map(each => `ip saddr @affinity-${identify(rule, each)} ${goto(each)}`)
    if (backends.length <= mostRules) return [...known, ...oneOf(backends.map(goto))]
    return [...known, `${numbered(backends.length)} vmap { ${entries(backends, goto)} }`]
  }
  const isOurs = `meta l4proto ${protocol}`
  if (backends.length <= mostRules)
    return oneOf(backends.map(({ address, port }) => `dnat to ${address}:${port}`)).map(each => `${isOurs} ${each}`)
  const places = entries(backends, ({ address, port }) => `${address} . ${port}`)
  return [`${isOurs} dnat ip addr . port to ${numbered(backends.length)} map { ${places} }`]
}

/**
 * More backends than this are chosen from by a map, in one step; fewer by a rule each. For a map the kernel seeks a free name
 * among all it has: 10,000 Services with one took 46 seconds, with rules five.
 */
const mostRules = 8

/** Does one of several things, each as likely as the others: of those that are left each rule takes its part. */
const oneOf = (things: readonly string[]): string[] =>
  things.map((thing, at) => (at === things.length - 1 ? thing : `${numbered(things.length - at)} 0 ${thing}`))

const numbered = (count: number): string => `numgen random mod ${count}`

const entries = (backends: readonly Backend[], what: (backend: Backend) => string): string =>
  backends.map((each, at) => `${at} : ${what(each)}`).join(', ')

const remember = (rule: Rule, backend: Backend): string[] => [
  `update @affinity-${identify(rule, backend)} { ip saddr timeout ${rule.affinitySeconds}s }`,
  `meta l4proto ${rule.protocol} dnat to ${backend.address}:${backend.port}`,
]

const chainsBackends = (rule: Rule, chains: Piece['chains'], cluster: string, local: string): Backend[] => [
  ...(chains.has(cluster) ? rule.cluster : []),
  ...(chains.has(local) ? rule.local : []),
]

/** A name that is unique and readable, and begins with a letter: `2K6UTVDZ-default/web/tcp/http`. */
function identify({ name, protocol }: Rule, backend?: Backend): string {
  const [service, port = ''] = name.split(':')
  const text = `${service}/${protocol}/${port}${backend ? `__${backend.address}/${backend.port}` : ''}`
  return `${createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase()}-${text}`
}
