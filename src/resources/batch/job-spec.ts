import type { JobSpec } from '#api/batch/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, notSupported, required, tooLong } from '#machinery/causes.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { nonNegatives, oneOfIfSet } from '#resources/checks.ts'
import { defaultPodTemplate } from '#resources/core/pod-spec/defaults.ts'
import { validatePodTemplate } from '#resources/core/pod-spec/validate.ts'
import { warnOfTemplate } from '#resources/core/pod-spec/warnings.ts'
import { validateFailurePolicy, validateSuccessPolicy } from './policies.ts'

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
  yield* validateFailurePolicy(spec, `${path}.podFailurePolicy`)
  yield* validateSuccessPolicy(spec, `${path}.successPolicy`)
  yield* validateReplacement(spec, `${path}.podReplacementPolicy`)
  yield* validatePodTemplate(spec.template, `${path}.template`)
  yield* validateEnd(spec, `${path}.template.spec.restartPolicy`)
}

/** What is odd, though not wrong, about what a job is to do. */
export function* warnOfJobSpec(spec: JobSpec, before: JobSpec | undefined, path: string): Generator<string> {
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > most.atEase && (spec.parallelism ?? 0) > most.ofMany) {
    yield `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`
  }
  yield* warnOfTemplate(spec.template, before?.template, `${path}.template`)
}

function* validateManager(manager: string, path: string): Generator<Cause> {
  const [host = '', ...rest] = manager.split('/')
  if (!manager) yield required(path)
  else if (!host || !rest.join('/')) yield invalidValue(path, manager, 'must be a domain-prefixed path (such as "acme.io/foo")')
  else yield* invalidEach(path, host, dns1123Subdomain(host))
  if (manager.length > 63) yield tooLong(path, 63)
}

/** Much may be counted by index, but with less freedom the more it is. */
const most = { parallelism: 100000, failedIndexes: 100000, atEase: 100000, ofMany: 10000 }

/** Completions that are counted by index need to be counted at all; what goes with an index needs one. */
function* validateMode(spec: JobSpec, path: string): Generator<Cause> {
  if (spec.completionMode === 'Indexed') yield* validateIndexed(spec, path)
  if (spec.completionMode !== undefined && spec.completionMode !== 'NonIndexed') return
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
    if (spec[field] !== undefined) yield invalidValue(`${path}.${field}`, spec[field], 'requires indexed completion mode')
}

function* validateIndexed(spec: JobSpec, path: string): Generator<Cause> {
  const { completions, parallelism = 0, maxFailedIndexes: failures } = spec
  if (completions === undefined) yield required(`${path}.completions`, 'when completion mode is Indexed')
  if (parallelism > most.parallelism) {
    const detail = `must be less than or equal to ${most.parallelism} when completion mode is Indexed`
    yield invalidValue(`${path}.parallelism`, parallelism, detail)
  }
  const at = `${path}.maxFailedIndexes`
  if (completions !== undefined && failures !== undefined && failures > completions)
    yield invalidValue(at, failures, 'must be less than or equal to completions')
  if (failures !== undefined && failures > most.failedIndexes)
    yield invalidValue(at, failures, `must be less than or equal to ${most.failedIndexes}`)
  if (completions === undefined || completions <= most.atEase || spec.backoffLimitPerIndex === undefined) return
  if (failures === undefined) yield required(at, `must be specified when completions is above ${most.atEase}`)
  const detail = `must be less than or equal to ${most.ofMany} when completions are above ${most.atEase} and used with backoff limit per index`
  if (parallelism > most.ofMany) yield invalidValue(`${path}.parallelism`, parallelism, detail)
  if (failures !== undefined && failures > most.ofMany) yield invalidValue(at, failures, detail)
}

function* validateReplacement({ podFailurePolicy, podReplacementPolicy: policy }: JobSpec, path: string): Generator<Cause> {
  yield* oneOfIfSet(policy, path, podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'])
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
