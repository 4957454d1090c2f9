import { timestamp } from './time.ts'

/** A moment, or why a text does not name one. */
export type Moment = { readonly date: Date; readonly fraction: string } | { readonly error: string }

/** A piece of the text, what Go calls it, and if it is a number what it counts and within which bounds. */
type Step = readonly [pattern: RegExp, name: string, what?: string, min?: number, max?: number]

const upToSeconds: readonly Step[] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d\d/, '01', 'month', 1, 12],
  [/^-/, '-'],
  [/^\d\d/, '02', 'day', 1, 31],
  [/^T/, 'T'],
  [/^\d\d?/, '15', 'hour', 0, 23],
  [/^:/, ':'],
  [/^\d\d/, '04', 'minute', 0, 59],
  [/^:/, ':'],
  [/^\d\d/, '05', 'second', 0, 59],
]
const zone: Step = [/^(?:Z|[+-]\d\d:\d\d)/, 'Z07:00']
const seconds: readonly Step[] = [...upToSeconds, [/^(?:[.,]\d+)?/, ''], zone]
const micros: readonly Step[] = [...upToSeconds, [/^[.,]\d{6}/, '.000000'], zone]

/** How nearly every metav1.Time is written. */
const usual = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** Reads a metav1.Time, or with `digits` 6 a metav1.MicroTime. Errors are those of Go's time.Parse. */
export function parseMoment(text: string, digits: 0 | 6): Moment {
  const date = !digits && usual.test(text) ? new Date(text) : undefined
  // What comes out as it went in has no day or hour too many.
  const isExact = date && !Number.isNaN(date.getTime()) && timestamp(date) === text
  return isExact ? { date, fraction: '' } : parseInSteps(text, digits)
}

function parseInSteps(text: string, digits: 0 | 6): Moment {
  const layout = `2006-01-02T15:04:05${digits ? '.000000' : ''}Z07:00`
  let rest = text
  let fraction = ''
  for (const [pattern, name, what, min = 0, max = 0] of digits ? micros : seconds) {
    const [found] = pattern.exec(rest) ?? []
    if (found === undefined)
      return { error: `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(name)}` }
    if (what && (Number(found) < min || Number(found) > max)) return outOfRange(text, what)
    if (/^[.,]/.test(found)) fraction = found.slice(1)
    rest = rest.slice(found.length)
  }
  if (rest) return { error: `parsing time ${quote(text)}: extra text: ${quote(rest)}` }
  const date = new Date(text.replace(',', '.').replace(/T(\d:)/, 'T0$1'))
  // A day that its month does not have becomes one of the next month.
  const sameDay = new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10))
  return Number.isNaN(date.getTime()) || !sameDay ? outOfRange(text, 'day') : { date, fraction }
}

const outOfRange = (text: string, what: string): Moment => ({ error: `parsing time ${quote(text)}: ${what} out of range` })

const quote = (text: string): string => JSON.stringify(text)
