import { type Overload, overload } from '#machinery/cel/overload.ts'
import { EvaluationError, Opaque } from '#machinery/cel/value.ts'
import { parseQuantity, type Quantity, quantityError } from '#machinery/quantity.ts'

const type = 'kubernetes.Quantity'

/** An amount as a value. */
class QuantityValue extends Opaque {
  readonly type = type
  readonly amount: Quantity

  constructor(amount: Quantity) {
    super()
    this.amount = amount
  }

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && compareTo(this, other) === 0n
  }
}

/** The digits of two amounts on one scale. */
function aligned(a: Quantity, b: Quantity): { one: bigint; other: bigint; scale: number } {
  const scale = Math.max(a.scale, b.scale)
  const digits = (amount: Quantity): bigint => amount.digits * 10n ** BigInt(scale - amount.scale)
  return { one: digits(a), other: digits(b), scale }
}

function compareTo({ amount: a }: QuantityValue, { amount: b }: QuantityValue): bigint {
  const { one, other } = aligned(a, b)
  return one < other ? -1n : one > other ? 1n : 0n
}

function sum({ amount: a }: QuantityValue, { amount: b }: QuantityValue, sign: 1n | -1n): QuantityValue {
  const { one, other, scale } = aligned(a, b)
  return new QuantityValue({ digits: one + sign * other, scale, format: a.format })
}

const ofInt = (value: bigint): QuantityValue => new QuantityValue({ digits: value, scale: 0, format: 'DecimalSI' })

/** The whole number that an amount is; nothing if it is none, or too large. */
function wholeOf({ amount: { digits, scale } }: QuantityValue): bigint | undefined {
  const factor = 10n ** BigInt(Math.abs(scale))
  if (scale > 0 && digits % factor !== 0n) return undefined
  const value = scale > 0 ? digits / factor : digits * factor
  return value === BigInt.asIntN(64, value) ? value : undefined
}

function asInteger(amount: QuantityValue): bigint {
  const whole = wholeOf(amount)
  if (whole === undefined) throw new EvaluationError('cannot convert value to integer')
  return whole
}

function read(text: string): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text))
  } catch (error) {
    throw new EvaluationError((error as Error).message)
  }
}

const own = (signature: string): string => signature.replaceAll('Q', type).replaceAll('kubernetes.', 'kubernetes/')

/** Amounts (upstream: library.Quantity). */
export const quantity: readonly Overload[] = [
  overload(own('quantity(string): Q'), read),
  overload('isQuantity(string): bool', (text: string) => quantityError(text) === undefined),
  overload(own('Q.sign(): int'), ({ amount: { digits } }: QuantityValue) => (digits < 0n ? -1n : digits > 0n ? 1n : 0n)),
  overload(own('Q.isGreaterThan(Q): bool'), (a: QuantityValue, b: QuantityValue) => compareTo(a, b) > 0n),
  overload(own('Q.isLessThan(Q): bool'), (a: QuantityValue, b: QuantityValue) => compareTo(a, b) < 0n),
  overload(own('Q.compareTo(Q): int'), compareTo),
  overload(own('Q.isInteger(): bool'), (amount: QuantityValue) => wholeOf(amount) !== undefined),
  overload(own('Q.asInteger(): int'), asInteger),
  overload(own('Q.asApproximateFloat(): double'), ({ amount }: QuantityValue) => Number(amount.digits) / 10 ** amount.scale),
  overload(own('Q.add(Q): Q'), (a: QuantityValue, b: QuantityValue) => sum(a, b, 1n)),
  overload(own('Q.add(int): Q'), (a: QuantityValue, b: bigint) => sum(a, ofInt(b), 1n)),
  overload(own('Q.sub(Q): Q'), (a: QuantityValue, b: QuantityValue) => sum(a, b, -1n)),
  overload(own('Q.sub(int): Q'), (a: QuantityValue, b: bigint) => sum(a, ofInt(b), -1n)),
]
