import { EvaluationError, Uint } from './value.ts'

/** A number as an int. Throws EvaluationError for one that is none of 64 bits. */
export function int64(value: bigint): bigint {
  if (value !== BigInt.asIntN(64, value)) throw new EvaluationError('integer overflow')
  return value
}

/** A number as a uint. Throws EvaluationError for one that is none of 64 bits. */
export function uint64(value: bigint): Uint {
  if (value !== BigInt.asUintN(64, value)) throw new EvaluationError('unsigned integer overflow')
  return new Uint(value)
}
