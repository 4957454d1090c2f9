import { Event } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import { ownAttempt } from '#apiserver/bootstrap/ensure.ts'
import type { Clock } from '#machinery/clock.ts'
import { every } from '#machinery/every.ts'
import type { Log } from '#machinery/log.ts'
import type { Reader } from './reader.ts'

/** Upstream: --event-ttl. There each write gives an Event a lease of etcd's; here they are swept, which every storage can do. */
const lastsMs = 3_600_000
const sweepEveryMs = 60_000

/** Deletes Events that nobody has written for an hour, until the signal aborts. */
export function expireEvents(
  { reader, clock, log }: { readonly reader: Reader; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const failed = (error: Error): void => log.warn('events do not expire', { error: error.message })
  return every(sweepEveryMs, () => sweep(reader, clock.now().getTime() - lastsMs, log), { clock, failed }, signal)
}

async function sweep(reader: Reader, before: number, log: Log): Promise<void> {
  for (const event of reader.list(Event).filter(each => lastWrite(each) < before))
    await reader
      .store(Event)
      .change(keyOf(event), ownAttempt, current => (current && lastWrite(current as Event) >= before ? current : undefined))
      .catch((error: Error) => isReason(error, 'NotFound') || log.warn('an event did not expire', { error: error.message }))
}

const lastWrite = ({ metadata, lastTimestamp, eventTime, series }: Event): number =>
  Math.max(
    ...[metadata.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime].map(time =>
      time ? Date.parse(time) : 0,
    ),
  )
