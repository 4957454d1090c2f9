import { attempt, noOverload, type Step } from './step.ts'
import { bool, optional, type Type } from './type.ts'
import { EvaluationError, MapValue, Optional, type Value } from './value.ts'

/** An operator that does not ask for all that it is given, and so is no function. */
export interface Control {
  readonly name: string
  readonly isMember: boolean
  readonly takes: readonly Type[]
  readonly gives: Type
  /** Its evaluation, made of those of what it is given. */
  readonly plan: (parts: readonly Step[]) => Step
}

/** What one side decides even where the other has failed. */
const decidedBy =
  (decisive: boolean) =>
  (sides: readonly Step[]): Step =>
  frame => {
    let failure: EvaluationError | undefined
    for (const side of sides) {
      const value = attempt(side, frame)
      if (value === decisive) return decisive
      if (value !== !decisive) failure ??= value instanceof EvaluationError ? value : noOverload()
    }
    if (failure) throw failure
    return !decisive
  }

function choice([condition, yes, no]: readonly Step[]): Step {
  return frame => {
    const value = condition!(frame)
    if (typeof value !== 'boolean') throw noOverload()
    return value ? yes!(frame) : no!(frame)
  }
}

/** The first of two that holds something. */
const firstOf =
  (shown: (found: Optional, value: Value) => Value) =>
  ([one, other]: readonly Step[]): Step =>
  frame => {
    frame.budget.spend(1)
    const found = one!(frame)
    if (!(found instanceof Optional)) throw noOverload()
    return found.value === undefined ? other!(frame) : shown(found, found.value)
  }

/** A member of a map; nothing where there is none, and nothing of nothing. Throws EvaluationError for what has no members. */
export function memberOf(target: Value | undefined, key: Value): Value | undefined {
  if (target === undefined) return undefined
  if (!(target instanceof MapValue)) throw noOverload()
  return target.get(key)
}

const A: Type = { kind: 'param', name: 'A' }

/** By their names; `@not_strictly_false` says whether a fold may go on, as a failure may yet be made up for. */
export const control: ReadonlyMap<string, Control> = new Map(
  [
    { name: '_&&_', isMember: false, takes: [bool, bool], gives: bool, plan: decidedBy(false) },
    { name: '_||_', isMember: false, takes: [bool, bool], gives: bool, plan: decidedBy(true) },
    { name: '_?_:_', isMember: false, takes: [bool, A, A], gives: A, plan: choice },
    {
      name: '@not_strictly_false',
      isMember: false,
      takes: [bool],
      gives: bool,
      plan:
        ([part]: readonly Step[]): Step =>
        frame =>
          attempt(part!, frame) !== false,
    },
    { name: 'or', isMember: true, takes: [optional(A), optional(A)], gives: optional(A), plan: firstOf(found => found) },
    { name: 'orValue', isMember: true, takes: [optional(A), A], gives: A, plan: firstOf((_, value) => value) },
  ].map(each => [each.name, each]),
)
