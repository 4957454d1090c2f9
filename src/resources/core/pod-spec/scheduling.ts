import type { PodSpec, Taint, Toleration, TopologySpreadConstraint } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { validateSelector } from '#machinery/labels.ts'
import { labelValue, qualifiedName } from '#machinery/names.ts'
import { each, oneOfIfSet } from '#resources/checks.ts'
import { validateLabelKeys } from './label-keys.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Checks which taints a pod tolerates. */
export function* validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): Generator<Cause> {
  yield* each(tolerations, path, function* ({ key, operator, value = '', effect, tolerationSeconds }, at) {
    if (key) yield* invalidEach(`${at}.key`, key, qualifiedName(key))
    else if (operator !== 'Exists') {
      const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
      yield invalidValue(`${at}.operator`, operator ?? '', detail)
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      yield invalidValue(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set")
    }
    if (operator === 'Exists') {
      if (value) yield invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'")
    } else if (!operator || operator === 'Equal') {
      const problems = labelValue(value)
      if (problems.length) yield invalidValue(`${at}.operator`, value, problems.join(';'))
    } else {
      // Lt and Gt are known, but behind a feature gate that is off.
      const supported = operator === 'Lt' || operator === 'Gt' ? ['Equal', 'Exists', 'Lt', 'Gt'] : ['Equal', 'Exists']
      yield notSupported(`${at}.operator`, operator, supported)
    }
    if (effect) yield* oneOfIfSet(effect, `${at}.effect`, effects)
  })
}

/** Checks a node's taints. */
export function* validateTaints(taints: readonly Taint[] | undefined, path: string): Generator<Cause> {
  const seen = new Set<string>()
  yield* each(taints, path, function* (taint, at) {
    yield* invalidEach(`${at}.key`, taint.key ?? '', qualifiedName(taint.key ?? ''))
    const problems = labelValue(taint.value ?? '')
    if (problems.length) yield invalidValue(`${at}.value`, taint.value, problems.join(';'))
    if (!taint.effect) yield required(`${at}.effect`)
    else yield* oneOfIfSet(taint.effect, `${at}.effect`, effects)
    const id = `${taint.effect} ${taint.key}`
    if (seen.has(id)) {
      yield duplicate(at, taint, 'taints must be unique by key and effect pair')
    }
    seen.add(id)
  })
}

/** Checks over what a pod's siblings are spread. */
export function* validateSpread(constraints: readonly TopologySpreadConstraint[] | undefined, path: string): Generator<Cause> {
  yield* each(constraints, path, function* (constraint, at, index) {
    const { maxSkew = 0, topologyKey, whenUnsatisfiable, minDomains } = constraint
    if (maxSkew <= 0) yield invalidValue(`${at}.maxSkew`, maxSkew, 'must be greater than zero')
    if (!topologyKey) yield required(`${at}.topologyKey`, 'can not be empty')
    const answers = ['DoNotSchedule', 'ScheduleAnyway']
    if (!answers.includes(whenUnsatisfiable)) yield notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable ?? '', answers)
    const again = constraints
      ?.slice(index + 1)
      .some(other => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)
    if (again) yield duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`)
    if (minDomains !== undefined) {
      if (minDomains <= 0) yield invalidValue(`${at}.minDomains`, minDomains, 'must be greater than zero')
      if (whenUnsatisfiable !== 'DoNotSchedule') {
        const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`
        yield invalidValue(`${at}.minDomains`, minDomains, detail)
      }
    }
    yield* oneOfIfSet(constraint.nodeAffinityPolicy, `${at}.nodeAffinityPolicy`, ['Honor', 'Ignore'])
    yield* oneOfIfSet(constraint.nodeTaintsPolicy, `${at}.nodeTaintsPolicy`, ['Honor', 'Ignore'])
    yield* validateLabelKeys(constraint, at)
    yield* validateSelector(constraint.labelSelector, `${at}.labelSelector`)
  })
}

/** Checks what must happen before a pod is scheduled, and before it counts as ready. */
export function* validateGates({ schedulingGates, readinessGates }: PodSpec, path: string): Generator<Cause> {
  yield* each(readinessGates, `${path}.readinessGates`, ({ conditionType = '' }, at) =>
    invalidEach(`${at}.conditionType`, conditionType, qualifiedName(conditionType)),
  )
  const seen = new Set<string>()
  yield* each(schedulingGates, `${path}.schedulingGates`, function* ({ name = '' }, at) {
    yield* invalidEach(at, name, qualifiedName(name))
    if (seen.has(name)) yield duplicate(at, name)
    seen.add(name)
  })
}
