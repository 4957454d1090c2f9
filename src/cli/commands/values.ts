import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'

/*
 * How the texts of flags are read. Each is given to commander, which says which flag it was where one throws.
 */

/** A file or folder, wherever the process may go later. */
export const path = (text: string): string => resolve(text)

/** `true` or `false`. */
export const isTrue = (text: string): boolean => text !== 'false'

/** Comma separated; repeated flags add up. */
export const listed = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').filter(Boolean),
]

/** Repeated flags add up. */
export const collected = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

/** How many of something: none, or more. */
export function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('not a number of them')
  return Number(text)
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `30m`, `24h`: in milliseconds. */
export function durationMs(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (unitMs[unit ?? ''] ?? 0)
  if (!(ms > 0)) throw new InvalidArgumentError('it looks like 30m or 24h')
  return ms
}

/** `10.0.0.1` or `fd00::1`. */
export function ipAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('not an IP address')
  return text
}
