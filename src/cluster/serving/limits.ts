import type { RequestLimits } from '#apiserver/api-server.ts'

/** How much a request may take, as upstream's flags say it. */
export interface LimitFlags {
  /** In milliseconds. */
  readonly requestTimeout?: number
  /** In seconds. */
  readonly minRequestTimeout?: number
  readonly goawayChance?: number
  /** In milliseconds. */
  readonly shutdownDelayDuration?: number
}

/** What the flags come to. Throws a sentence for one that cannot be. */
export function readLimits(flags: LimitFlags): RequestLimits {
  const { requestTimeout, minRequestTimeout, goawayChance, shutdownDelayDuration } = flags
  if (goawayChance !== undefined && !(goawayChance >= 0 && goawayChance <= 0.02))
    throw new Error('--goaway-chance can not be less than 0 or greater than 0.02')
  return {
    ...(requestTimeout !== undefined && { requestTimeoutMs: requestTimeout }),
    ...(minRequestTimeout !== undefined && { shortestWatchMs: minRequestTimeout * 1000 }),
    ...(goawayChance !== undefined && { goawayChance }),
    ...(shutdownDelayDuration !== undefined && { shutdownDelayMs: shutdownDelayDuration }),
  }
}
