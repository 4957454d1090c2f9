/** What all conditions of objects have in common. */
export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
}

/**
 * The conditions with one put in place of the one of its type. One that says the same (status and reason) stays as it
 * was; one whose status stays the same keeps the time since which it holds.
 */
export function withCondition<C extends Condition>(conditions: readonly C[] | undefined, condition: C): C[] {
  const before = conditionOf(conditions, condition.type)
  if (before && before.status === condition.status && before.reason === condition.reason) return [...(conditions ?? [])]
  const since = before?.status === condition.status && before.lastTransitionTime
  return [...withoutCondition(conditions, condition.type), since ? { ...condition, lastTransitionTime: since } : condition]
}

export const withoutCondition = <C extends Condition>(conditions: readonly C[] | undefined, type: string): C[] =>
  (conditions ?? []).filter(each => each.type !== type)

export const conditionOf = <C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined =>
  conditions?.find(each => each.type === type)
