import { ConfigMap, Secret } from '#api/core/v1.ts'
import type { Key } from '#api/object.ts'
import { ownAttempt } from '#apiserver/bootstrap/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { clone } from '#machinery/clone.ts'
import { dayMs, dayOf, isDay, lastUsed, tracking } from '#machinery/legacy-token.ts'

/**
 * Notes on a Secret that its token was used on this day: one write a day, and one that fails keeps nobody out. A server whose clock
 * is ahead may have written tomorrow (upstream: serviceaccount/legacy.go).
 */
export async function markUsed(reader: Reader, key: Key, now: Date): Promise<void> {
  const today = dayOf(now.getTime())
  const isMarked = (day: string | undefined): boolean => day === today || day === dayOf(now.getTime() + dayMs)
  if (isMarked(reader.get(Secret, key)?.metadata.labels?.[lastUsed])) return
  const marking = reader.store(Secret).change(key, ownAttempt, current => {
    if (!current || isMarked(current.metadata.labels?.[lastUsed])) return current && clone(current)
    const { metadata } = clone(current)
    return { ...clone(current), metadata: { ...metadata, labels: { ...metadata.labels, [lastUsed]: today } } }
  })
  await marking.catch(() => {})
}

/** Says since when it is noted which tokens are used, for the cleaner to know (upstream: controlplane/controller/legacytokentracking). */
export async function trackSince(reader: Reader, now: Date): Promise<void> {
  const today = dayOf(now.getTime())
  // By itself: one ConfigMap that cannot be read is no reason for a server not to start.
  const { data } = (await reader.live(ConfigMap, tracking)) ?? {}
  // A day that is yet to come was written by a clock that was wrong.
  if (isDay(data?.since) && data.since <= dayOf(now.getTime() + dayMs)) return
  await reader.store(ConfigMap).change(tracking, ownAttempt, current => {
    const before = current ? clone(current) : { kind: 'ConfigMap', apiVersion: 'v1', metadata: { ...tracking } }
    return { ...before, data: { since: today } } as ConfigMap
  })
}
