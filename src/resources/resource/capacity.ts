import type { CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity } from '#api/resource/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, required } from '#machinery/causes.ts'
import { add, bigMilli, canonical, compare, quantityError } from '#machinery/quantity.ts'
import { distinct } from './lists.ts'

const mostOptions = 10

/** Checks how much there is of something in a device, and in which portions it is given out. */
export function* validateCapacity({ value, requestPolicy }: DeviceCapacity, shared: boolean, path: string): Generator<Cause> {
  const at = `${path}.requestPolicy`
  if (!requestPolicy) return
  if (!shared) yield forbidden(at, 'allowMultipleAllocations must be true')
  else if (quantities(value, requestPolicy).every(amount => !quantityError(amount)))
    yield* validatePolicy(requestPolicy, value, at)
}

/** All the amounts a policy speaks of, for checks that compute with them. */
function quantities(value: string, { default: preset, validValues = [], validRange }: CapacityRequestPolicy): string[] {
  const { min, max, step } = validRange ?? {}
  return [value, preset, min, max, step, ...validValues].filter(amount => amount !== undefined)
}

function* validatePolicy(policy: CapacityRequestPolicy, whole: string, path: string): Generator<Cause> {
  const { default: preset, validValues = [], validRange } = policy
  if (validValues.length > 0 && validRange)
    yield forbidden(path, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time')
  else if (validValues.length > 0) {
    if (preset === undefined) yield required(`${path}.default`, 'required when validValues is defined')
    else yield* validateOptions(validValues, preset, whole, `${path}.validValues`)
  } else if (validRange) {
    if (preset === undefined) yield required(`${path}.default`, 'required when validRange is defined')
    else yield* validateRange(validRange, preset, whole, `${path}.validRange`)
  }
}

function* validateOptions(options: readonly string[], preset: string, whole: string, path: string): Generator<Cause> {
  for (const [index, option] of options.entries())
    if (index > 0 && compare(options[index - 1]!, option) > 0)
      yield invalidValue(`${path}[${index}]`, canonical(option), 'values must be sorted in ascending order')
  yield* distinct(
    mostOptions,
    options,
    path,
    function* (option, at) {
      if (compare(option, whole) > 0)
        yield invalidValue(at, canonical(option), `option is larger than capacity value: ${canonical(whole)}`)
    },
    canonical,
  )
  if (!options.some(option => compare(option, preset) === 0))
    yield invalidValue(path, canonical(preset), 'default value is not valid according to the requestPolicy')
}

function* validateRange(
  { min, max, step }: CapacityRequestPolicyRange,
  preset: string,
  whole: string,
  path: string,
): Generator<Cause> {
  if (min === undefined) {
    yield required(`${path}.min`, 'required when validRange is defined')
    return
  }
  const larger = (name: string, amount: string): Cause =>
    invalidValue(`${path}.${name}`, canonical(amount), `${name} is larger than capacity value: ${canonical(whole)}`)
  if (compare(min, whole) > 0) yield larger('min', min)
  if (compare(preset, min) < 0)
    yield invalidValue(`${path}.default`, canonical(preset), `default is less than min: ${canonical(min)}`)
  if (max !== undefined) {
    if (compare(min, max) > 0) yield invalidValue(`${path}.max`, canonical(min), `min is larger than max: ${canonical(max)}`)
    if (compare(max, whole) > 0) yield larger('max', max)
    if (compare(preset, max) > 0)
      yield invalidValue(`${path}.default`, canonical(preset), `default is more than max: ${canonical(max)}`)
  }
  if (step === undefined) return
  const at = `${path}.step`
  const size = bigMilli(step)
  if (size <= 0n) {
    yield invalidValue(at, canonical(step), 'must be greater than zero')
    return
  }
  const next = add(min, step)
  if (compare(next, whole) > 0)
    yield invalidValue(at, canonical(step), `one step ${next} is larger than capacity value: ${canonical(whole)}`)
  for (const amount of [preset, max])
    if (amount !== undefined && (bigMilli(amount) - bigMilli(min)) % size !== 0n)
      yield invalidValue(
        at,
        canonical(amount),
        `value is not a multiple of a given step (${canonical(step)}) from (${canonical(min)})`,
      )
}
