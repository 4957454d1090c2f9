/**
 * resource.Quantity: an amount of cpu, memory or anything else that is counted. Objects carry it as text (`100m`, `1Gi`),
 * which is what these functions take and give; as upstream they take numbers too.
 */
export type QuantityText = string | number

export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent'

/** An exact amount, `digits` × 10^-`scale`, and how it wants to be written. */
export interface Quantity {
  readonly digits: bigint
  readonly scale: number
  readonly format: QuantityFormat
}

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const wrongSuffix = "unable to parse quantity's suffix"

/** Longer texts and larger exponents are not amounts of anything, but would take ages to compute with. */
const maxLength = 256
const maxExponent = 256

/** Amounts have nine decimal places at most; what is finer is rounded up. */
const nano = 9
const maxBinary = 2n ** 63n - 1n

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const decimalSuffixes = new Map(Object.entries(decimalExponents).map(([suffix, exponent]) => [exponent, suffix]))
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/** Reads an amount. Throws an Error in upstream's words. */
export function parseQuantity(text: QuantityText): Quantity {
  return parse(partsOf(text))
}

/** Why a value is no quantity; undefined if it is one. */
export function quantityError(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return wrongFormat
  try {
    partsOf(value)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** An amount in its shortest exact form, as the API server stores it: `1000m` is `1`, `1024Ki` is `1Mi`. Throws. */
export function canonical(text: QuantityText): string {
  const parts = partsOf(text)
  return keepsItsForm(parts) ? parts.text : formatQuantity(parse(parts))
}

/** An amount as text, in its shortest exact form. */
export function formatQuantity({ digits, scale, format }: Quantity): string {
  if (digits === 0n) return '0'
  if (format === 'BinarySI') {
    const whole = scaled(digits, scale, 0)
    const exact = whole * 10n ** BigInt(Math.max(scale, 0)) === digits * 10n ** BigInt(Math.max(-scale, 0))
    if (exact && (whole <= -1024n || whole >= 1024n)) return formatBinary(whole)
  }
  return formatDecimal(digits, scale, format)
}

/** Which of two amounts is larger. Cheap for what is usual. */
export function compare(a: QuantityText, b: QuantityText): -1 | 0 | 1 {
  const [quickA, quickB] = [quickMilli(a), quickMilli(b)]
  if (isQuick(quickA) && isQuick(quickB)) return quickA < quickB ? -1 : quickA > quickB ? 1 : 0
  const [x, y] = aligned(parseQuantity(a), parseQuantity(b))
  return x < y ? -1 : x > y ? 1 : 0
}

/** The sum, written as `a` is; as `b` if `a` is nothing. */
export const add = (a: QuantityText, b: QuantityText): string => combine(a, b, (x, y) => x + y)

/** The difference, written as `a` is; as `b` if `a` is nothing. It may be negative. */
export const subtract = (a: QuantityText, b: QuantityText): string => combine(a, b, (x, y) => x - y)

/** An amount rounded up to a multiple of 10^`exponent`. */
export function roundUp(text: QuantityText, exponent: number): string {
  const { digits, scale, format } = parseQuantity(text)
  return scale <= -exponent
    ? canonical(text)
    : formatQuantity({ digits: scaled(digits, scale, -exponent), scale: -exponent, format })
}

/** Whole units, rounded up: bytes of memory, numbers of pods. Cheap for what is usual (`512Mi`, `2`). Throws. */
export function value(text: QuantityText): number {
  const quick = typeof text === 'string' ? quickly(text, 0) : Math.ceil(text)
  return isQuick(quick) ? quick : Number(exactly(text, 0))
}

/** Thousandths, rounded up: what cpu is counted in. Cheap for what is usual (`250m`, `2`). Throws. */
export function milli(text: QuantityText): number {
  const quick = quickMilli(text)
  return isQuick(quick) ? quick : Number(exactly(text, 3))
}

/** Exact, as nothing that is taken here is finer than thousandths. */
const quickMilli = (text: QuantityText): number =>
  typeof text === 'string' ? quickly(text, 3) : Number.isInteger(text) ? text * 1000 : -1

const isQuick = (amount: number): boolean => amount >= 0 && Number.isSafeInteger(amount)

/** Thousandths, rounded up, exact however many they are. */
export const bigMilli = (text: QuantityText): bigint => exactly(text, 3)

function exactly(text: QuantityText, scale: number): bigint {
  const quantity = parseQuantity(text)
  return scaled(quantity.digits, quantity.scale, scale)
}

/** Up to nine digits and one of the usual suffixes, times 10^`scale`; -1 if it is anything else. */
function quickly(text: string, scale: 0 | 3): number {
  let amount = 0
  let i = 0
  for (; i < text.length && i < 10; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) break
    amount = amount * 10 + digit
  }
  if (i === 0 || i === 10) return -1
  const thousandfold = scale === 3 ? 1000 : 1
  if (i === text.length) return amount * thousandfold
  if (i === text.length - 1 && text[i] === 'm') return scale === 3 ? amount : Math.ceil(amount / 1000)
  if (i !== text.length - 2 || text[i + 1] !== 'i') return -1
  if (text[i] === 'K') return amount * 1024 * thousandfold
  if (text[i] === 'M') return amount * 1048576 * thousandfold
  return text[i] === 'G' ? amount * 1073741824 * thousandfold : -1
}

interface Parts {
  readonly text: string
  readonly whole: string
  readonly fraction: string
  readonly negative: boolean
  readonly exponent: number
  readonly format: QuantityFormat
}

function partsOf(value: QuantityText): Parts {
  const text = String(value).trim()
  const match = text.length > 0 && text.length <= maxLength && /^([+-]?)0*(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(text)
  if (!match) throw new Error(wrongFormat)
  const [, sign, whole = '', fraction = '', suffix = ''] = match
  return { text, whole: whole || '0', fraction, negative: sign === '-', ...interpret(suffix) }
}

function interpret(suffix: string): { exponent: number; format: QuantityFormat } {
  if (Object.hasOwn(decimalExponents, suffix)) return { exponent: decimalExponents[suffix]!, format: 'DecimalSI' }
  const binary = binarySuffixes.indexOf(suffix)
  if (binary > 0) return { exponent: binary * 10, format: 'BinarySI' }
  const exponent = /^[eE][-+]?\d+$/.test(suffix) ? Number(suffix.slice(1)) : Number.NaN
  if (!(Math.abs(exponent) <= maxExponent)) throw new Error(wrongSuffix)
  return { exponent, format: 'DecimalExponent' }
}

function parse({ whole, fraction, negative, exponent, format }: Parts): Quantity {
  const binary = format === 'BinarySI'
  let digits = BigInt(whole + fraction)
  let scale = fraction.length
  if (binary) digits <<= BigInt(exponent)
  else scale -= exponent
  if (scale > nano) {
    digits = scaled(digits, scale, nano)
    scale = nano
  }
  const one = 10n ** BigInt(Math.max(scale, 0))
  if (binary && digits > maxBinary * one) digits = maxBinary * one
  const tiny = binary && digits > 0n && digits < one
  return { digits: negative ? -digits : digits, scale, format: tiny ? 'DecimalSI' : format }
}

/** Upstream leaves an amount as the client wrote it if that is nearly canonical: `1500m` stays, `1000m` becomes `1`. */
function keepsItsForm({ whole, fraction, exponent, format }: Parts): boolean {
  if (format === 'BinarySI') {
    const few = 14 - whole.length - Math.trunc((exponent * 3) / 10) >= 0
    return few && fraction === '' && Number(whole) % 8 !== 0
  }
  const digits = whole + fraction
  const scale = exponent - fraction.length
  return digits.length <= 18 && scale >= -nano && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
}

function formatBinary(whole: bigint): string {
  let power = 0
  while (whole % 1024n === 0n && power < binarySuffixes.length - 1) {
    whole /= 1024n
    power++
  }
  return `${whole}${binarySuffixes[power]}`
}

function formatDecimal(digits: bigint, scale: number, format: QuantityFormat): string {
  let exponent = -scale
  while (digits % 10n === 0n) {
    digits /= 10n
    exponent++
  }
  // Suffixes count in thousands, and end at E (10^18).
  const highest = format === 'DecimalExponent' ? exponent : Math.min(exponent, 18)
  const wanted = Math.floor(highest / 3) * 3
  const mantissa = digits * 10n ** BigInt(exponent - wanted)
  if (format !== 'DecimalExponent') return `${mantissa}${decimalSuffixes.get(wanted)}`
  return wanted === 0 ? String(mantissa) : `${mantissa}e${wanted}`
}

function combine(a: QuantityText, b: QuantityText, by: (x: bigint, y: bigint) => bigint): string {
  const left = parseQuantity(a)
  const right = parseQuantity(b)
  const [x, y, scale] = aligned(left, right)
  return formatQuantity({ digits: by(x, y), scale, format: left.digits === 0n ? right.format : left.format })
}

function aligned(a: Quantity, b: Quantity): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale)
  return [scaled(a.digits, a.scale, scale), scaled(b.digits, b.scale, scale), scale]
}

/** Digits at another scale, rounded away from zero. */
function scaled(digits: bigint, from: number, to: number): bigint {
  if (to >= from) return digits * 10n ** BigInt(to - from)
  const divisor = 10n ** BigInt(from - to)
  const quotient = digits / divisor
  return quotient * divisor === digits ? quotient : quotient + (digits < 0n ? -1n : 1n)
}
