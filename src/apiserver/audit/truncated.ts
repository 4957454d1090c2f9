import type { Log } from '#machinery/log.ts'
import type { AuditEvent } from './event.ts'
import type { Sink } from './sink.ts'

/** How much is written at once, in bytes of JSON. */
export interface Limits {
  readonly maxEventSize: number
  readonly maxBatchSize: number
}

const sizeOf = (event: AuditEvent): number => Buffer.byteLength(JSON.stringify(event))

/**
 * A sink for what is not too large: an event that is loses what was sent and answered, and goes altogether if that is not enough; a batch
 * that is, is written in several (upstream: plugin/pkg/audit/truncate).
 */
export function truncated(sink: Sink, { maxEventSize, maxBatchSize }: Limits, log: Log): Sink {
  const fitting = (event: AuditEvent): { event: AuditEvent; size: number } | undefined => {
    const size = sizeOf(event)
    if (size <= maxEventSize) return { event, size }
    const { requestObject: _, responseObject: __, ...rest } = event
    const less = { ...rest, annotations: { ...rest.annotations, 'audit.k8s.io/truncated': 'true' } }
    const smaller = rest.level === 'Metadata' ? size : sizeOf(less)
    if (smaller <= maxEventSize) return { event: less, size: smaller }
    log.error('an audit event is lost: it is too large even without what was sent', { auditID: event.auditID, size: smaller })
    return undefined
  }
  return {
    ...sink,
    async write(events) {
      const batches: AuditEvent[][] = []
      let room = 0
      for (const each of events.flatMap(event => fitting(event) ?? [])) {
        if (each.size > room || batches.length === 0) {
          batches.push([])
          room = maxBatchSize
        }
        batches.at(-1)!.push(each.event)
        room -= each.size
      }
      const outcomes = await Promise.all(batches.map(batch => sink.write(batch)))
      return outcomes.every(Boolean)
    },
  }
}
