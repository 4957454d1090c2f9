import type { Pod } from '#api/core/v1.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.ts'
import { type Selector, selectorOf } from '#machinery/labels.ts'

/** How many more pods each disruption budget lets go, as far as it is known now. */
export class Budgets {
  readonly #list: () => readonly Readonly<PodDisruptionBudget>[]
  #read: readonly Budget[] | undefined

  /** `list` is called when somebody may have to go: mostly nobody does. */
  constructor(list: () => readonly Readonly<PodDisruptionBudget>[]) {
    this.#list = list
  }

  get #budgets(): readonly Budget[] {
    return (this.#read ??= this.#list().map(({ metadata, spec, status }) => ({
      namespace: metadata.namespace ?? '',
      selector: selectorOf(spec?.selector),
      allowed: status?.disruptionsAllowed ?? 0,
      disrupted: new Set(Object.keys(status?.disruptedPods ?? {})),
    })))
  }

  /** Those of some pods, the most important first, that could not go without a budget being broken if all of them went. */
  violated<T>(pods: readonly T[], podOf: (each: T) => Pod): Set<T> {
    const left = new Map(this.#budgets.map(budget => [budget, budget.allowed]))
    return new Set(
      pods.filter(each => {
        const concerned = this.#budgets.filter(budget => covers(budget, podOf(each)))
        for (const budget of concerned) left.set(budget, left.get(budget)! - 1)
        return concerned.some(budget => left.get(budget)! < 0)
      }),
    )
  }
}

interface Budget {
  readonly namespace: string
  readonly selector: Selector
  readonly allowed: number
  readonly disrupted: ReadonlySet<string>
}

/** An empty selector means no pod here, and who has been counted as gone is not counted again (upstream: filterPodsWithPDBViolation). */
const covers = ({ namespace, selector, disrupted }: Budget, { metadata }: Pod): boolean =>
  namespace === metadata.namespace &&
  selector.requirements.length > 0 &&
  selector.matches(metadata.labels) &&
  !disrupted.has(metadata.name!)
