/** Upstream's limit for one evaluation, about a tenth of a second there (apiserver/pkg/apis/cel: PerCallLimit). */
export const perCallLimit = 1_000_000

/** What may still be spent on an evaluation. A unit is one step, or ten characters looked at. */
export class Budget {
  readonly #limit: number
  #spent = 0

  constructor(limit: number = perCallLimit) {
    this.#limit = limit
  }

  get spent(): number {
    return this.#spent
  }

  /** Throws OverBudget if there is not so much left. */
  spend(cost: number): void {
    this.#spent += cost
    if (this.#spent > this.#limit) throw new OverBudget('operation cancelled: actual cost limit exceeded')
  }
}

/** An expression took too much. Unlike an EvaluationError no other part of the expression makes up for it. */
export class OverBudget extends Error {}
