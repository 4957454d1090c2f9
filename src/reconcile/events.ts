import { Event } from '#api/core/v1.ts'
import { type KubeObject, keyOf } from '#api/object.ts'
import { isReason, StatusError } from '#api/status.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import { timestamp } from '#machinery/time.ts'
import { type Correlated, Correlator } from './correlate.ts'
import { Queue } from './queue.ts'

/** Tells users what happens to their objects, by Events. */
export interface Recorder {
  /** Never blocks and never throws: events are best effort. `fieldPath` names the part meant: `spec.containers{web}`. */
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void
}

const longestQueue = 1000
const tries = 12
const pauseMs = 10_000

/** Writes core/v1 Events in the order they were reported, combined as upstream combines them. */
export function recorder(
  client: Client,
  source: { readonly component: string; readonly host?: string },
  clock: Clock,
  log: Log,
): Recorder & Component {
  const correlator = new Correlator()
  const queue = new Queue<Event>(({ metadata }) => `${metadata.namespace}/${metadata.name}`, clock)
  let last = 0n

  /** Upstream names events by the nanosecond; ours are told apart by counting on within the millisecond. */
  const unique = (now: Date): string => {
    const nanoseconds = BigInt(now.getTime()) * 1_000_000n
    last = last < nanoseconds ? nanoseconds : last + 1n
    return last.toString(16)
  }

  async function write(told: Correlated, signal: AbortSignal): Promise<void> {
    if ('create' in told) {
      await client.create(Event, told.create, signal)
      return
    }
    const { metadata, message, count, lastTimestamp } = told.again
    try {
      await client.patch(Event, keyOf(told.again), { type: 'merge', body: { message, count, lastTimestamp } }, signal)
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error
      const { namespace } = metadata
      const name = `${told.again.involvedObject.name}.${unique(clock.now())}`
      correlator.forget(told.key)
      await client.create(Event, { ...told.again, metadata: { ...(namespace && { namespace }), name } }, signal)
    }
  }

  async function insist(told: Correlated, signal: AbortSignal): Promise<void> {
    for (let tried = 0; tried < tries && !signal.aborted; tried++) {
      try {
        return await write(told, signal)
      } catch (error) {
        if (error instanceof StatusError) return log.debug(`event refused: ${error.message}`)
        await clock.sleep(pauseMs, signal)
      }
    }
  }

  return {
    name: `${source.component} events`,
    event(about, type, reason, message, fieldPath) {
      const now = clock.now()
      const { namespace, name = '', uid, resourceVersion } = about.metadata
      const event: Event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.${unique(now)}`, namespace: namespace || 'default' },
        involvedObject: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          name,
          ...(namespace && { namespace }),
          ...(uid && { uid }),
          ...(resourceVersion && { resourceVersion }),
          ...(fieldPath && { fieldPath }),
        },
        reason,
        message,
        type,
        source,
        reportingComponent: source.component,
        reportingInstance: source.host ?? '',
        firstTimestamp: timestamp(now),
        lastTimestamp: timestamp(now),
        count: 1,
      }
      if (queue.length < longestQueue) queue.add(event)
    },
    async run(signal) {
      for (let event: Event | undefined; (event = await queue.take(signal)); queue.done(event)) {
        const told = correlator.correlate(event, clock.now())
        if (told) await insist(told, signal)
      }
    },
  }
}
