import { attempt, type Frame, noOverload, type Step } from './step.ts'
import { EvaluationError, MapValue, type Value } from './value.ts'

/** The parts of a fold, and the places of its variables. */
export interface FoldPlan {
  readonly range: Step
  readonly initial: Step
  readonly condition: Step
  readonly step: Step
  readonly result: Step
  readonly first: number
  readonly second: number | undefined
  readonly carried: number
}

/** Goes through a list, or the keys of a map; with two variables through what is at its indices or keys. */
export function folding({ range, initial, condition, step, result, first, second, carried }: FoldPlan): Step {
  return frame => {
    const { slots } = frame
    const over = range(frame)
    slots[carried] = initial(frame)
    for (const [one, other] of second === undefined ? singles(over) : pairs(over)) {
      slots[first] = one
      if (second !== undefined) slots[second] = other
      if (condition(frame) !== true) break
      // A failure counts only if nothing later makes up for it: `[0, 1].exists(x, 1 / x > 0)` is true.
      slots[carried] = attempt(step, frame)
    }
    return result(frame)
  }
}

function* singles(range: Value): Generator<readonly [Value, Value?]> {
  if (Array.isArray(range)) for (const item of range) yield [item]
  else if (range instanceof MapValue) for (const key of range.keys()) yield [key]
  else throw noOverload()
}

function* pairs(range: Value): Generator<readonly [Value, Value]> {
  if (Array.isArray(range)) for (const [at, item] of range.entries()) yield [BigInt(at), item]
  else if (range instanceof MapValue) for (const key of range.keys()) yield [key, range.get(key)!]
  else throw noOverload()
}

/** The variable at a place. Throws why a fold has failed to carry it. */
export function carriedIn({ slots }: Frame, slot: number): Value {
  const found = slots[slot]
  if (found instanceof EvaluationError) throw found
  return found!
}
