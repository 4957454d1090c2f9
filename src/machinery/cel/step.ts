import type { Budget } from './budget.ts'
import type { Value } from './value.ts'
import { EvaluationError } from './value.ts'

/** A part of an expression, ready to be evaluated. Throws EvaluationError, or OverBudget. */
export type Step = (frame: Frame) => Value

/** What one evaluation reads and writes. */
export interface Frame {
  /** The variables, by the places that planning gave them. One that a fold carries may have failed, as long as nobody asks for it. */
  readonly slots: (Value | EvaluationError | undefined)[]
  readonly budget: Budget
}

/** What a part comes to: its value, or why it has none. */
export function attempt(step: Step, frame: Frame): Value | EvaluationError {
  try {
    return step(frame)
  } catch (error) {
    if (error instanceof EvaluationError) return error
    throw error
  }
}

export const noOverload = (): EvaluationError => new EvaluationError('no such overload')
