import { remembering } from '#machinery/remember.ts'
import { parseMoment } from '#machinery/rfc3339.ts'
import { int64 } from './integers.ts'
import { Duration, EvaluationError, Timestamp } from './value.ts'

export const second = 1_000_000_000n
const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
}

/** Longer texts are no durations or moments of anything, but would take ages to read. */
const longest = 256

const [earliest, latest] = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'].map(
  text => BigInt(Date.parse(text)) * 1_000_000n,
) as [bigint, bigint]

/** A moment, in nanoseconds since 1970. Throws EvaluationError for one before year 1 or after year 9999. */
export function moment(nanos: bigint): Timestamp {
  if (nanos < earliest || nanos > latest + 999_999n) throw new EvaluationError('timestamp overflow')
  return new Timestamp(nanos)
}

/** A length of time. Throws EvaluationError for more than 292 years. */
export const span = (nanos: bigint): Duration => new Duration(int64(nanos))

/** Reads `1h30m`. Throws EvaluationError. */
export function readDuration(text: string): Duration {
  const [, sign, rest] = /^([+-]?)(0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/.exec(text.slice(0, longest)) ?? []
  if (rest === undefined) throw new EvaluationError(`time: invalid duration ${JSON.stringify(text)}`)
  let nanos = 0n
  for (const [, whole, part = '', unit] of rest.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|ms|s|m|h)/g)) {
    const scale = unitNanos[unit!]!
    nanos += BigInt(whole || '0') * scale + (BigInt(part || '0') * scale) / 10n ** BigInt(part.length)
  }
  return span(sign === '-' ? -nanos : nanos)
}

/** Reads RFC 3339. Throws EvaluationError, in Go's words. */
export function readTimestamp(text: string): Timestamp {
  const found = parseMoment(text.slice(0, longest), 0)
  if ('error' in found) throw new EvaluationError(found.error)
  const seconds = BigInt(Math.floor(found.date.getTime() / 1000))
  return moment(seconds * second + BigInt(found.fraction.slice(0, 9).padEnd(9, '0')))
}

/** As RFC 3339, with as many decimals as it takes. */
export const timestampText = ({ nanos }: Timestamp): string =>
  dateOf(nanos)
    .toISOString()
    .replace(/\.\d+Z$/, `${fractionOf(nanos)}Z`)

/** In seconds, with as many decimals as it takes. */
export function durationText({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos
  return `${nanos < 0n ? '-' : ''}${size / second}${fractionOf(size)}s`
}

/** How much of a second is over, with its point; nothing where it is whole. */
function fractionOf(nanos: bigint): string {
  const text = String(((nanos % second) + second) % second)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return text && `.${text}`
}

const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b

const dateOf = (nanos: bigint): Date => new Date(Number(floorDiv(nanos, 1_000_000n)))

const clockOf = remembering((zone: string): Intl.DateTimeFormat | Error => {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  } catch {
    return new EvaluationError(`unknown time zone ${zone}`)
  }
})

/** The moment as a clock of a zone (`Europe/Berlin`, `-03:30`) shows it: the fields of a date that is read as UTC. */
export function shownIn(zone: string, { nanos }: Timestamp): Date {
  const date = dateOf(nanos)
  if (zone === 'UTC' || zone === '') return date
  const [, sign, hours, minutes] = /^([+-]?)(\d\d):(\d\d)$/.exec(zone) ?? []
  if (hours) return new Date(date.getTime() + (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000)
  const clock = clockOf(zone)
  if (clock instanceof Error) throw clock
  const seconds = new Date(`${clock.format(date).replace(' ', 'T')}Z`)
  return new Date(seconds.getTime() + date.getUTCMilliseconds())
}
