import { type Batching, buffered } from '#apiserver/audit/buffered.ts'
import { forgiving, type Sink } from '#apiserver/audit/sink.ts'
import { truncated } from '#apiserver/audit/truncated.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'

/** How events come to a place, as upstream's flags say it: `audit-log-…`, `audit-webhook-…`. */
export interface Delivery {
  /** `batch`, `blocking` or `blocking-strict`. */
  readonly mode?: string | undefined
  readonly batchBufferSize?: number | undefined
  readonly batchMaxSize?: number | undefined
  readonly batchMaxWait?: number | undefined
  readonly batchThrottleEnable?: boolean | undefined
  readonly batchThrottleQps?: number | undefined
  readonly batchThrottleBurst?: number | undefined
  readonly truncateEnabled?: boolean | undefined
  readonly truncateMaxBatchSize?: number | undefined
  readonly truncateMaxEventSize?: number | undefined
}

/** Flags of one place: `batchMaxSize` as `auditLogBatchMaxSize`. */
export type DeliveryFlags<Place extends 'Log' | 'Webhook'> = {
  readonly [Field in keyof Delivery as `audit${Place}${Capitalize<Field>}`]?: Delivery[Field]
}

/** What holds for a place where no flag says otherwise. */
export interface Usual extends Omit<Batching, 'throttle'> {
  readonly mode: Mode
  readonly throttled: boolean
}

const modes = ['batch', 'blocking', 'blocking-strict'] as const
type Mode = (typeof modes)[number]

const fields: readonly (keyof Delivery)[] = [
  'mode',
  'batchBufferSize',
  'batchMaxSize',
  'batchMaxWait',
  'batchThrottleEnable',
  'batchThrottleQps',
  'batchThrottleBurst',
  'truncateEnabled',
  'truncateMaxBatchSize',
  'truncateMaxEventSize',
]

/** The flags of one place, by their common names. */
export const deliveryOf = (place: 'Log' | 'Webhook', flags: object): Delivery =>
  Object.fromEntries(
    fields.map(field => [field, (flags as Record<string, unknown>)[`audit${place}${field[0]!.toUpperCase()}${field.slice(1)}`]]),
  )

/** A sink as the flags want events delivered to it. Throws a sentence, in upstream's words, for what makes no sense. */
export function delivering(
  place: 'log' | 'webhook',
  sink: Sink,
  flags: Delivery,
  usual: Usual,
  ground: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Sink {
  const { mode = usual.mode, truncateEnabled, truncateMaxEventSize = 102_400, truncateMaxBatchSize = 10_485_760 } = flags
  if (!(modes as readonly string[]).includes(mode))
    throw new Error(`invalid audit ${place} mode ${mode}, allowed modes are "${modes.join(',')}"`)
  const positive = (what: string, value: number): number => {
    if (!(value > 0)) throw new Error(`invalid audit ${what} ${value}, must be a positive number`)
    return value
  }
  const maxEventSize = positive(`truncate ${place} max event size`, truncateMaxEventSize)
  if (truncateMaxBatchSize < maxEventSize)
    throw new Error(
      `invalid audit truncate ${place} max batch size ${truncateMaxBatchSize}, must be greater than max event size (${maxEventSize})`,
    )
  const limited = truncateEnabled ? truncated(sink, { maxEventSize, maxBatchSize: truncateMaxBatchSize }, ground.log) : sink
  if (mode === 'blocking-strict') return limited
  if (mode === 'blocking') return forgiving(limited)
  const throttle = (flags.batchThrottleEnable ?? usual.throttled) && {
    qps: positive(`batch ${place} throttle QPS`, flags.batchThrottleQps ?? 10),
    burst: positive(`batch ${place} throttle burst`, flags.batchThrottleBurst ?? 15),
  }
  const batching = {
    bufferSize: positive(`batch ${place} buffer size`, flags.batchBufferSize ?? usual.bufferSize),
    maxSize: positive(`batch ${place} max batch size`, flags.batchMaxSize ?? usual.maxSize),
    maxWaitMs: flags.batchMaxWait ?? usual.maxWaitMs,
    sideBySide: usual.sideBySide,
    ...(throttle && { throttle }),
  }
  return buffered(limited, batching, ground, signal)
}
