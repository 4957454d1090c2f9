import type { JobSpec } from '#api/batch/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, notSupported, required, tooLong } from '#machinery/causes.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { each, nonNegatives, oneOfIfSet } from '#resources/checks.ts'
import { defaultPodTemplate } from '#resources/core/pod-spec/defaults.ts'
import { validatePodTemplate } from '#resources/core/pod-spec/validate.ts'

/** Fills in what every job leaves out, also one that a cron job will make. */
export function defaultJobTemplate(spec: JobSpec): void {
  defaultPodTemplate((spec.template ??= { spec: { containers: [] } }))
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
  }
}

/** Says what is wrong with what a job is to do. */
export function* validateJobSpec(spec: JobSpec, path: string): Generator<Cause> {
  yield* nonNegatives(spec, path, [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ])
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    yield required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')
  }
  if (spec.managedBy !== undefined) yield* validateManager(spec.managedBy, `${path}.managedBy`)
  yield* oneOfIfSet(spec.completionMode, `${path}.completionMode`, ['NonIndexed', 'Indexed'])
  yield* validateMode(spec, path)
  yield* validateFailurePolicy(spec, path)
  yield* validatePodTemplate(spec.template, `${path}.template`)
  yield* validateEnd(spec, `${path}.template.spec.restartPolicy`)
}

function* validateManager(manager: string, path: string): Generator<Cause> {
  const [host = '', ...rest] = manager.split('/')
  if (!manager) yield required(path)
  else if (!host || !rest.join('/')) yield invalidValue(path, manager, 'must be a domain-prefixed path (such as "acme.io/foo")')
  else yield* invalidEach(path, host, dns1123Subdomain(host))
  if (manager.length > 63) yield tooLong(path, 63)
}

/** Completions that are counted by index need to be counted at all; what goes with an index needs one. */
function* validateMode(spec: JobSpec, path: string): Generator<Cause> {
  const { completions, parallelism, maxFailedIndexes } = spec
  if (spec.completionMode !== 'Indexed') {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'] as const) {
      if (spec[field] !== undefined) yield invalidValue(`${path}.${field}`, spec[field], 'requires indexed completion mode')
    }
    return
  }
  if (completions === undefined) yield required(`${path}.completions`, 'when completion mode is Indexed')
  if (parallelism !== undefined && parallelism > 100000) {
    yield invalidValue(`${path}.parallelism`, parallelism, 'must be less than or equal to 100000 when completion mode is Indexed')
  }
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    yield invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions')
  }
}

function* validateFailurePolicy(
  { podFailurePolicy: policy, podReplacementPolicy: replacement }: JobSpec,
  path: string,
): Generator<Cause> {
  const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
  yield* each(policy?.rules, `${path}.podFailurePolicy.rules`, function* (rule, at) {
    if (!rule.action) yield required(`${at}.action`, `valid values: ${actions.map(action => `"${action}"`).join(', ')}`)
    else yield* oneOfIfSet(rule.action, `${at}.action`, actions)
    const patterns = Number(rule.onExitCodes !== undefined) + Number(Boolean(rule.onPodConditions?.length))
    if (patterns === 0) yield invalidValue(at, rule, 'specifying one of OnExitCodes and OnPodConditions is required')
    if (patterns === 2) yield invalidValue(at, rule, 'specifying both OnExitCodes and OnPodConditions is not supported')
  })
  if (replacement === undefined) return
  const allowed = policy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  if (!allowed.includes(replacement)) yield notSupported(`${path}.podReplacementPolicy`, replacement, allowed)
}

/** The pods of a job end, so they may not start over for ever. */
function* validateEnd({ template, podFailurePolicy }: JobSpec, path: string): Generator<Cause> {
  const policy = template?.spec?.restartPolicy ?? ''
  if (policy === 'Always' || policy === '') yield required(path, 'valid values: "OnFailure", "Never"')
  else if (policy !== 'OnFailure' && policy !== 'Never') yield notSupported(path, policy, ['OnFailure', 'Never'])
  else if (podFailurePolicy && policy !== 'Never') {
    yield invalidValue(path, policy, 'only "Never" is supported when podFailurePolicy is specified')
  }
}
