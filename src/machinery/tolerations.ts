import type { Taint, Toleration } from '#api/core/v1.ts'

/** Whether a toleration covers a taint: empty keys and effects cover all of them. */
export const tolerates = ({ key, operator, value, effect }: Toleration, taint: Taint): boolean =>
  (!effect || effect === taint.effect) &&
  (!key || key === taint.key) &&
  (operator === 'Exists' || ((!operator || operator === 'Equal') && (value ?? '') === (taint.value ?? '')))

/** The first of the taints, among those with one of the effects, that nothing in the tolerations covers. */
export const untolerated = (
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  effects: readonly string[],
): Taint | undefined => taints.find(taint => effects.includes(taint.effect) && !tolerations.some(each => tolerates(each, taint)))
