import type { JobSpec, PodFailurePolicyRule, SuccessPolicyRule } from '#api/batch/v1.ts'
import type { Cause } from '#api/status.ts'
import {
  duplicate,
  invalidEach,
  invalidUnshown,
  invalidValue,
  notSupported,
  quote,
  required,
  tooLong,
  tooMany,
} from '#machinery/causes.ts'
import { qualifiedName } from '#machinery/names.ts'
import { each, nonNegative } from '#resources/checks.ts'
import { countIndexes, indexesError, parseIndexes } from './indexes.ts'

const most = { rules: 20, patterns: 20, exitCodes: 255, indexesBytes: 64 * 1024 }
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const statuses = ['False', 'True', 'Unknown']

/** A word that must be there and be one of a few; who leaves it out is told which. */
function* word(value: string | undefined, supported: readonly string[], path: string): Generator<Cause> {
  if (!value) yield required(path, `valid values: [${supported.map(quote).join(' ')}]`)
  else if (!supported.includes(value)) yield notSupported(path, value, supported)
}

/** Checks what becomes of a job whose pods fail. */
export function* validateFailurePolicy(spec: JobSpec, path: string): Generator<Cause> {
  const { podFailurePolicy: policy, template } = spec
  if (!policy) return
  const rules = policy.rules ?? []
  if (rules.length > most.rules) yield tooMany(`${path}.rules`, rules.length, most.rules)
  const pod = template?.spec
  const names = new Set([...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name))
  yield* each(rules, `${path}.rules`, function* (rule, at) {
    if (rule.action === 'FailIndex') {
      if (spec.backoffLimitPerIndex === undefined)
        yield invalidValue(`${at}.action`, rule.action, 'requires the backoffLimitPerIndex to be set')
    } else yield* word(rule.action, actions, `${at}.action`)
    yield* validatePatterns(rule, names, at)
  })
}

function* validatePatterns(rule: PodFailurePolicyRule, names: ReadonlySet<string>, path: string): Generator<Cause> {
  const { onExitCodes, onPodConditions = [] } = rule
  if (onExitCodes) yield* validateExitCodes(onExitCodes, names, `${path}.onExitCodes`)
  const at = `${path}.onPodConditions`
  if (onPodConditions.length > most.patterns) yield tooMany(at, onPodConditions.length, most.patterns)
  yield* each(onPodConditions, at, function* ({ type = '', status }, patternAt) {
    yield* invalidEach(`${patternAt}.type`, type, qualifiedName(type))
    yield* word(status, statuses, `${patternAt}.status`)
  })
  if (onExitCodes && onPodConditions.length)
    yield invalidUnshown(path, 'specifying both OnExitCodes and OnPodConditions is not supported')
  if (!onExitCodes && !onPodConditions.length)
    yield invalidUnshown(path, 'specifying one of OnExitCodes and OnPodConditions is required')
}

function* validateExitCodes(
  { operator, containerName, values = [] }: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  names: ReadonlySet<string>,
  path: string,
): Generator<Cause> {
  yield* word(operator, operators, `${path}.operator`)
  if (containerName !== undefined && !names.has(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template'
    yield invalidValue(`${path}.containerName`, containerName, detail)
  }
  const at = `${path}.values`
  if (values.length === 0) yield invalidValue(at, values, 'at least one value is required')
  if (values.length > most.exitCodes) yield tooMany(at, values.length, most.exitCodes)
  yield* each(values, at, function* (value, valueAt, index) {
    if (operator === 'In' && value === 0) yield invalidValue(valueAt, value, 'must not be 0 for the In operator')
    if (values.indexOf(value) < index) yield duplicate(valueAt, value)
  })
  if (values.some((value, index) => index > 0 && values[index - 1]! > value)) yield invalidValue(at, values, 'must be ordered')
}

/** Checks when a job has done enough. */
export function* validateSuccessPolicy(spec: JobSpec, path: string): Generator<Cause> {
  const { successPolicy: policy, completions = 0 } = spec
  if (!policy) return
  if (spec.completionMode !== 'Indexed') {
    // Upstream prints its own struct here, by its Go names.
    const printed = policy.rules?.map(rule => ({
      SucceededIndexes: rule.succeededIndexes ?? null,
      SucceededCount: rule.succeededCount ?? null,
    }))
    yield invalidValue(path, { Rules: printed ?? null }, 'requires indexed completion mode')
    return
  }
  const rules = policy.rules ?? []
  if (rules.length === 0)
    yield required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified')
  if (rules.length > most.rules) yield tooMany(`${path}.rules`, rules.length, most.rules)
  yield* each(rules, `${path}.rules`, (rule, at) => validateSuccessRule(rule, completions, at))
}

function* validateSuccessRule(rule: SuccessPolicyRule, completions: number, path: string): Generator<Cause> {
  const { succeededCount: count, succeededIndexes: indexes } = rule
  if (count === undefined && indexes === undefined)
    yield required(path, 'at least one of succeededCount or succeededIndexes must be specified')
  let total = 0
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`
    if (Buffer.byteLength(indexes) > most.indexesBytes) yield tooLong(at, most.indexesBytes)
    const error = indexesError(indexes, completions)
    if (error) yield invalidValue(at, indexes, `error parsing succeededIndexes: ${error}`)
    else total = countIndexes(parseIndexes(indexes, completions))
  }
  if (count === undefined) return
  const at = `${path}.succeededCount`
  yield* nonNegative(count, at)
  if (count > completions)
    yield invalidValue(at, count, `must be less than or equal to ${completions} (the number of specified completions)`)
  if (indexes !== undefined && count > total) {
    const detail = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`
    yield invalidValue(at, count, detail)
  }
}
