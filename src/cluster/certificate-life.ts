import { X509Certificate } from 'node:crypto'
import type { Pair } from './pair.ts'

/** Whether a certificate is there, has its key and can still be used. */
export function holds({ cert, key }: Partial<Pair>, now: Date): boolean {
  if (!cert || !key) return false
  try {
    return Date.parse(new X509Certificate(cert).validTo) > now.getTime()
  } catch {
    return false
  }
}

/** Two certificates in turn are at least so far apart: one that is issued with most of its life behind it must not keep a node asking. */
export const betweenMs = 30_000

/**
 * How long to wait after a renewal has failed so many times in a row: 2 s at first, as another certificate that is renewed may have
 * closed the connection (upstream: rotateCerts in client-go/util/certificate).
 */
export const againMs = (failures: number): number => Math.min(2_000 * 2 ** (failures - 1), betweenMs)

/** How long to wait before a certificate is renewed: till 70 to 90 % of its life are over, as not all nodes should come at once. */
export function untilRenewalMs({ cert }: Pick<Pair, 'cert'>, now: Date, random: () => number): number {
  const { validFrom, validTo } = new X509Certificate(cert)
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)]
  return Math.max(0, from + (to - from) * (0.7 + 0.2 * random()) - now.getTime())
}
