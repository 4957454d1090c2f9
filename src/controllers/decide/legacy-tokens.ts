import type { Pod, Secret, ServiceAccount } from '#api/core/v1.ts'
import { dayMs, dayOf, invalidSince, isDay, lastUsed } from '#machinery/legacy-token.ts'

/** What is known of one token that lies in a Secret. */
export interface LegacyToken {
  readonly secret: Readonly<Secret>
  /** Whose it is, if they are there. */
  readonly account: Readonly<ServiceAccount> | undefined
  /** The pods of its namespace. */
  readonly pods: readonly Readonly<Pod>[]
}

/**
 * What becomes of a token that lies in a Secret: one that was made by itself (its account names it) and that nobody has used for as long
 * as the period is put out of use; after as long again it goes (upstream: pkg/controller/serviceaccount, token cleaner). `since`: the
 * day from which on use is noted.
 */
export function fateOf(
  { secret, account, pods }: LegacyToken,
  { nowMs, periodMs, since }: { readonly nowMs: number; readonly periodMs: number; readonly since: string | undefined },
): 'keep' | 'invalidate' | 'delete' {
  const { name, creationTimestamp = '', deletionTimestamp, labels = {} } = secret.metadata
  if (!isDay(since) || nowMs < Date.parse(since) + dayMs + periodMs) return 'keep'
  const longAgoMs = nowMs - periodMs
  const longAgo = dayOf(longAgoMs)
  if (deletionTimestamp || !(Date.parse(creationTimestamp) < longAgoMs)) return 'keep'
  const used = labels[lastUsed]
  if (used !== undefined && (!isDay(used) || used >= longAgo)) return 'keep'
  if (!account?.secrets?.some(each => each.name === name)) return 'keep'
  if (pods.some(({ spec }) => mentions(spec, name))) return 'keep'
  const invalid = labels[invalidSince]
  if (!isDay(invalid)) return 'invalidate'
  return invalid >= longAgo ? 'keep' : 'delete'
}

/** Whether a name stands anywhere in a pod's spec: it may be the Secret's, as a volume, a variable or of an image's registry. */
function mentions(value: unknown, name: string | undefined): boolean {
  if (typeof value !== 'object' || value === null) return value === name
  return Object.values(value).some(each => mentions(each, name))
}
