import { second, shownIn } from '#machinery/cel/moments.ts'
import { type Overload, overload } from '#machinery/cel/overload.ts'
import type { Duration, Timestamp } from '#machinery/cel/value.ts'

const dayMs = 86_400_000

const fields: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: date => date.getUTCFullYear(),
  getMonth: date => date.getUTCMonth(),
  getDayOfYear: date => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs),
  getDate: date => date.getUTCDate(),
  getDayOfMonth: date => date.getUTCDate() - 1,
  getDayOfWeek: date => date.getUTCDay(),
  getHours: date => date.getUTCHours(),
  getMinutes: date => date.getUTCMinutes(),
  getSeconds: date => date.getUTCSeconds(),
  getMilliseconds: date => date.getUTCMilliseconds(),
}

const units: Readonly<Record<string, bigint>> = { getHours: 3600n * second, getMinutes: 60n * second, getSeconds: second }

/** What can be asked of moments and durations. */
export const times: readonly Overload[] = [
  ...Object.entries(fields).flatMap(([name, read]) => [
    overload(`timestamp.${name}(): int`, (at: Timestamp) => BigInt(read(shownIn('UTC', at)))),
    overload(`timestamp.${name}(string): int`, (at: Timestamp, zone: string) => BigInt(read(shownIn(zone, at)))),
  ]),
  ...Object.entries(units).map(([name, unit]) => overload(`duration.${name}(): int`, ({ nanos }: Duration) => nanos / unit)),
  overload('duration.getMilliseconds(): int', ({ nanos }: Duration) => (nanos / 1_000_000n) % 1000n),
]
