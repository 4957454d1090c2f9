import type { Endpoint, EndpointSlice } from '#api/discovery/v1.ts'

/** Where this machine stands: traffic policies and hints depend on it. */
export interface Here {
  /** The nodes whose pods run on this machine. */
  readonly nodes: readonly string[]
  /** The zone of those nodes, if they have one. */
  readonly zone?: string
}

/** Something that answers behind a service port. */
export interface Backend {
  readonly address: string
  readonly port: number
  /** It runs on this machine. */
  readonly local: boolean
}

/** The backends of one service port, by how traffic may use them. */
export interface Backends {
  /** For traffic that may go anywhere. */
  readonly cluster: readonly Backend[]
  /** For traffic that must stay on this machine. */
  readonly local: readonly Backend[]
  /** Something answers somewhere, even if traffic must not go there from here. */
  readonly anywhere: boolean
}

interface Candidate extends Backend {
  readonly ready: boolean
  /** It is about to stop but still answers: good enough when nothing else is left. */
  readonly leaving: boolean
  readonly hints: Endpoint['hints']
}

const terminatingOr = (candidates: readonly Candidate[]): Candidate[] => {
  const ready = candidates.filter(each => each.ready)
  return ready.length > 0 ? ready : candidates.filter(each => each.leaving)
}

/** The backends that slices name for a port, in a stable order. Terminating ones step in where no other is ready (KEP-1669). */
export function backendsOf(slices: readonly EndpointSlice[], portName: string, protocol: string, here: Here): Backends {
  const candidates = candidatesOf(slices, portName, protocol, here)
  const plain = (list: readonly Candidate[]): Backend[] => list.map(({ address, port, local }) => ({ address, port, local }))
  return {
    cluster: plain(terminatingOr(nearest(candidates, here))),
    local: plain(terminatingOr(candidates.filter(each => each.local))),
    anywhere: candidates.some(each => each.ready || each.leaving),
  }
}

function candidatesOf(slices: readonly EndpointSlice[], portName: string, protocol: string, here: Here): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const { addressType, endpoints, ports } of slices) {
    if (addressType !== 'IPv4') continue
    for (const { name, port, protocol: spoken } of ports ?? []) {
      if ((name ?? '') !== portName || (spoken ?? 'TCP') !== protocol || !port) continue
      for (const { addresses, conditions, nodeName, hints } of endpoints ?? []) {
        const address = addresses[0]!
        const key = `${address}:${port}`
        // While a pod moves from one slice to another it is in both for a moment.
        if (found.get(key)?.ready) continue
        const leaving = conditions?.serving !== false && conditions?.terminating === true
        const local = nodeName !== undefined && here.nodes.includes(nodeName)
        found.set(key, { address, port, local, ready: conditions?.ready !== false, leaving, hints })
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, candidate]) => candidate)
}

/** Drops the ready candidates that are meant for elsewhere, if every one has a hint and some are meant for here. */
function nearest(candidates: readonly Candidate[], { nodes, zone }: Here): readonly Candidate[] {
  const ready = candidates.filter(each => each.ready)
  const meant = (
    wanted: readonly (string | undefined)[],
    hintsOf: (hints: Endpoint['hints']) => { name: string }[] | undefined,
  ) => {
    if (!ready.every(each => hintsOf(each.hints)?.length)) return
    const near = ready.filter(each => hintsOf(each.hints)!.some(({ name }) => wanted.includes(name)))
    return near.length > 0 ? near : undefined
  }
  if (ready.length === 0) return candidates
  return meant(nodes, hints => hints?.forNodes) ?? meant([zone], hints => hints?.forZones) ?? candidates
}
