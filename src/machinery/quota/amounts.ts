import { type Amounts, plus } from '#machinery/pod-resources.ts'
import { compare, subtract } from '#machinery/quantity.ts'

/** The amounts of these resources only. */
export const masked = (amounts: Amounts, names: readonly string[]): Amounts =>
  Object.fromEntries(Object.entries(amounts).filter(([name]) => names.includes(name)))

/** What `after` has more than `before` (above zero), and what it has less. */
export function difference(before: Amounts, after: Amounts): { readonly more: Amounts; readonly less: Amounts } {
  const more: Record<string, string> = {}
  const less: Record<string, string> = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name] ?? '0', after[name] ?? '0']
    const order = compare(is, was)
    if (order > 0) more[name] = subtract(is, was)
    if (order < 0) less[name] = subtract(was, is)
  }
  return { more, less }
}

/** One list without another, and never below zero. */
export function minus(a: Amounts, b: Amounts): Amounts {
  const left: Record<string, string> = { ...a }
  for (const [name, amount] of Object.entries(b)) {
    const value = subtract(a[name] ?? '0', amount)
    left[name] = compare(value, '0') < 0 ? '0' : value
  }
  return left
}

/** Which resources would be used beyond the limits. */
export const exceeded = (used: Amounts, more: Amounts, hard: Amounts): readonly string[] => {
  const sum = plus(masked(used, Object.keys(more)), more)
  return Object.keys(more).filter(name => name in hard && compare(sum[name]!, hard[name]!) > 0)
}

/** `cpu=1,pods=2`: sorted by name. */
export const shown = (amounts: Amounts): string =>
  Object.keys(amounts)
    .sort()
    .map(name => `${name}=${amounts[name]}`)
    .join(',')
