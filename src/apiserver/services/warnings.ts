import { createHash } from 'node:crypto'
import { Event } from '#api/core/v1.ts'
import { apiVersion } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { ownAttempt } from '#apiserver/bootstrap/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import { clone } from '#machinery/clone.ts'
import type { Log } from '#machinery/log.ts'
import { timestamp } from '#machinery/time.ts'

/** Tells users that something is wrong with an object. Best effort: never throws. */
export type Warn = (about: Readonly<KubeObject>, reason: string, message: string) => Promise<void>

/** Writes Events of an API server's own. What is told again is counted. */
export const warnings =
  (reader: Reader, component: string, { clock, log }: { readonly clock: Clock; readonly log: Log }): Warn =>
  async ({ kind, apiVersion: version, metadata: { namespace, name = '', uid = '' } }, reason, message) => {
    const now = timestamp(clock.now())
    const home = namespace || 'default'
    const sum = createHash('sha256').update(`${kind} ${uid} ${reason} ${message}`).digest('hex').slice(0, 16)
    const first: Event = {
      kind: Event.kind,
      apiVersion: apiVersion(Event),
      metadata: { namespace: home, name: `${name}.${sum}` },
      involvedObject: { kind, apiVersion: version, name, uid, ...(namespace && { namespace }) },
      type: 'Warning',
      reason,
      message,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    }
    log.warn(message, { reason })
    await reader
      .store(Event)
      .change({ namespace: home, name: first.metadata.name! }, ownAttempt, current => {
        if (!current) return first
        const again = clone(current) as Event
        return { ...again, count: (again.count ?? 1) + 1, lastTimestamp: now }
      })
      .catch((error: unknown) => log.debug('an event was not written', { error: String(error) }))
  }
