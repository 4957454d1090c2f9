import { quote } from '#machinery/causes.ts'

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
]
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']
const goDuration = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/

/** Why a text is no schedule, in the words of the cron library that upstream uses; undefined when it is one. */
export function scheduleError(schedule: string): string | undefined {
  const [, zone, rest] = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/.exec(schedule) ?? []
  const text = rest ?? schedule
  if (zone !== undefined && !isTimeZone(zone)) return `provided bad location ${zone}: unknown time zone ${zone}`
  if (text.startsWith('@')) return descriptorError(text)
  const parts = text.split(/\s+/).filter(Boolean)
  if (parts.length !== fields.length)
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`
  for (const [index, part] of parts.entries()) {
    for (const range of part.split(',').filter(Boolean)) {
      const error = rangeError(range, fields[index]!)
      if (error) return error
    }
  }
  return undefined
}

/** Whether a name is one of the IANA's time zones. */
export function isTimeZone(zone: string): boolean {
  try {
    // The constructor is the only thing that knows them all, aliases included.
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined
  } catch {
    return false
  }
}

function descriptorError(text: string): string | undefined {
  if (descriptors.includes(text)) return undefined
  if (!text.startsWith('@every ')) return `unrecognized descriptor: ${text}`
  const duration = text.slice('@every '.length)
  return goDuration.test(duration) || duration === '0'
    ? undefined
    : `failed to parse duration ${text}: time: invalid duration ${quote(duration)}`
}

function rangeError(range: string, { min, max, names }: Bounds): string | undefined {
  const [span = '', step, ...slashes] = range.split('/')
  const [low = '', high, ...hyphens] = span.split('-')
  const any = low === '*' || low === '?'
  const start = any ? min : numberIn(low, names)
  if (typeof start === 'string') return start
  if (!any && hyphens.length) return `too many hyphens: ${range}`
  const until = any ? max : high === undefined ? start : numberIn(high, names)
  if (typeof until === 'string') return until
  if (slashes.length) return `too many slashes: ${range}`
  const every = step === undefined ? 1 : numberIn(step)
  if (typeof every === 'string') return every
  const end = step !== undefined && high === undefined ? max : until
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${range}`
  if (end > max) return `end of range (${end}) above maximum (${max}): ${range}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${range}`
  return every === 0 ? `step of range should be a positive number: ${range}` : undefined
}

/** The number that a text stands for, or why it stands for none. */
function numberIn(text: string, names: readonly string[] = []): number | string {
  const named = text ? names.indexOf(text.toLowerCase()) : -1
  if (named >= 0) return named
  if (!/^[-+]?\d+$/.test(text)) return `failed to parse int from ${text}: strconv.Atoi: parsing ${quote(text)}: invalid syntax`
  const number = Number(text)
  return number < 0 ? `negative number (${number}) not allowed: ${text}` : number
}
