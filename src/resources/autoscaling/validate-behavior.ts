import type { HorizontalPodAutoscalerBehavior, HPAScalingPolicy, HPAScalingRules } from '#api/autoscaling/v2.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, notSupported, required } from '#machinery/causes.ts'
import { canonical, compare, quantityError } from '#machinery/quantity.ts'
import { each, oneOfIfSet } from '#resources/checks.ts'

const most = { stabilizationSeconds: 3600, periodSeconds: 1800 }

/** Checks how fast something is scaled. */
export function* validateBehavior(behavior: HorizontalPodAutoscalerBehavior | undefined, path: string): Generator<Cause> {
  for (const direction of ['scaleUp', 'scaleDown'] as const)
    if (behavior?.[direction]) yield* validateRules(behavior[direction], `${path}.${direction}`)
}

function* validateRules(rules: HPAScalingRules, path: string): Generator<Cause> {
  const { stabilizationWindowSeconds: seconds = 0, policies, tolerance } = rules
  const at = `${path}.stabilizationWindowSeconds`
  if (seconds < 0) yield invalidValue(at, seconds, 'must be greater than or equal to zero')
  if (seconds > most.stabilizationSeconds)
    yield invalidValue(at, seconds, `must be less than or equal to ${most.stabilizationSeconds}`)
  yield* oneOfIfSet(rules.selectPolicy, `${path}.selectPolicy`, ['Disabled', 'Max', 'Min'])
  if (!policies?.length) yield required(`${path}.policies`, 'must specify at least one Policy')
  yield* each(policies, `${path}.policies`, validatePolicy)
  if (tolerance !== undefined && !quantityError(tolerance) && compare(tolerance, '0') < 0)
    yield invalidValue(`${path}.tolerance`, canonical(tolerance), 'must be greater than or equal to 0')
}

function* validatePolicy({ type, value = 0, periodSeconds = 0 }: HPAScalingPolicy, path: string): Generator<Cause> {
  if (type !== 'Pods' && type !== 'Percent') yield notSupported(`${path}.type`, type ?? '', ['Percent', 'Pods'])
  if (value <= 0) yield invalidValue(`${path}.value`, value, 'must be greater than zero')
  if (periodSeconds <= 0) yield invalidValue(`${path}.periodSeconds`, periodSeconds, 'must be greater than zero')
  if (periodSeconds > most.periodSeconds)
    yield invalidValue(`${path}.periodSeconds`, periodSeconds, `must be less than or equal to ${most.periodSeconds}`)
}
