import type { Cause } from '#api/status.ts'
import { invalidValue } from '#machinery/causes.ts'
import { canonical, compare, quantityError } from '#machinery/quantity.ts'

/** Checks an amount that may be nothing, but not less. */
export function* validateNonNegativeQuantity(amount: string, path: string): Generator<Cause> {
  const problem = quantityError(amount)
  if (problem) yield invalidValue(path, amount, problem)
  else if (compare(amount, '0') < 0) yield invalidValue(path, canonical(amount), 'must be greater than or equal to 0')
}
