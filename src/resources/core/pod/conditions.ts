import type { Pod } from '#api/core/v1.ts'

type Status = NonNullable<Pod['status']>
type Condition = NonNullable<Status['conditions']>[number]

/** The status with a condition replaced, or added if there was none of its type. */
export function setCondition(status: Status, condition: Condition): Status {
  const others = (status.conditions ?? []).filter(({ type }) => type !== condition.type)
  return { ...status, conditions: [...others, condition] }
}
