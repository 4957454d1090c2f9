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

/** How long to wait before a certificate is renewed: till 70 to 90 % of its life are over, as not all nodes should come at once. */
export function untilRenewalMs({ cert }: Pick<Pair, 'cert'>, now: Date, random: () => number): number {
  const { validFrom, validTo } = new X509Certificate(cert)
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)]
  return Math.max(0, from + (to - from) * (0.7 + 0.2 * random()) - now.getTime())
}
