const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

/** How long ago something was, as kubectl's AGE column says it: `12s`, `5d3h`; `<unknown>` if there is no time. */
export function ageOf(from: string | Date | undefined | null, now: Date): string {
  if (from === undefined || from === null || from === '') return '<unknown>'
  const since = typeof from === 'string' ? Date.parse(from) : from.getTime()
  return Number.isNaN(since) ? '<unknown>' : humanDuration(now.getTime() - since)
}

/** A duration in two or three significant figures. Two seconds of clock skew count as now; more is `<invalid>`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / secondMs)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(ms / minuteMs)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(ms / hourMs)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (days < 8) return two(days, 'd', hours % 24, 'h')
  if (days < 365 * 2) return `${days}d`
  const years = Math.trunc(days / 365)
  return years < 8 ? two(years, 'y', days % 365, 'd') : `${years}y`
}

const two = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`

/** metav1.Time: RFC 3339 in whole seconds, `2026-01-01T00:00:00Z`. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, -5)}Z`

/** metav1.MicroTime: RFC 3339 in microseconds, `2026-01-01T00:00:00.000000Z`. */
export const microTimestamp = (date: Date): string => `${date.toISOString().slice(0, -1)}000Z`
