import { type Clock, realClock } from '#machinery/clock.ts'
import type { ServingFlags } from './serving/flags.ts'
import type { Keeping } from './storage.ts'

/** How pods run on the nodes of a cluster: as containers of a Docker Engine, or as nothing but objects. */
export type RuntimeChoice = 'auto' | 'docker' | 'simulated'

/** What can be left out of a cluster. */
export const parts = ['controller-manager', 'scheduler', 'kubelet', 'proxy'] as const
export type Part = (typeof parts)[number]

/** What a cluster is made of. Everything has a default that suits a test; of storages it is memory without `data`, else lmdb. */
export interface ClusterOptions extends Partial<Keeping> {
  /** Where everything lies that outlives the process. Default: a directory that is removed at the end. */
  readonly data?: string
  /** The API server's port. Default: any free one. */
  readonly port?: number
  readonly nodes?: number
  readonly runtime?: RuntimeChoice
  readonly without?: readonly Part[]
  /** How the API server serves: upstream's flags. */
  readonly serving?: ServingFlags
  readonly clock?: Clock
  readonly random?: () => number
  /** Told in plain words what became ready. */
  readonly tell?: (line: string) => void
}

/** The options with every default filled in. */
export type Settled = Required<Omit<ClusterOptions, 'data' | keyof Keeping>> & Keeping & { readonly data: string }

/** Fills in the defaults. Throws for numbers that make no cluster. */
export function settle(options: ClusterOptions, data: string): Settled {
  const { port = 0, nodes = 1, runtime = 'simulated', storage = options.data ? 'lmdb' : 'memory', without = [] } = options
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new RangeError(`port ${port} is not between 0 and 65535`)
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > 5000)
    throw new RangeError(`${nodes} nodes: a cluster has between 0 and 5000`)
  const {
    clock = realClock,
    random = Math.random,
    tell = () => {},
    historyMs,
    quotaBytes,
    encryptionFile,
    serving = {},
  } = options
  return { data, port, nodes, runtime, storage, historyMs, quotaBytes, encryptionFile, without, serving, clock, random, tell }
}
