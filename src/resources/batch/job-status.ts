import type { Job } from '#api/batch/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidUnshown, invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { each, nonNegatives } from '#resources/checks.ts'
import { indexesError, overlap } from './indexes.ts'

type Status = NonNullable<Job['status']>

/** Says what is wrong with what is told of a job. What stood there before and is not touched is left alone. */
export function* validateJobStatus(job: Job, old: Job): Generator<Cause> {
  const { status = {} } = job
  const before = old.status ?? {}
  yield* nonNegatives(status, 'status', ['active', 'succeeded', 'failed', 'ready', 'terminating'])
  yield* validateUncounted(status)
  const now = new Finality(status)
  const was = new Finality(before)
  const touched = (...fields: (keyof Status)[]): boolean => fields.some(field => !equal(status[field], before[field]))
  yield* validateEnd(status, now, was, touched)
  yield* validateFinished(status, now.finished !== was.finished, now, touched)
  yield* validateIndexes(job, touched)
  if (now.finished && (now.finished !== was.finished || touched('terminating')) && (status.terminating ?? 0) > 0)
    yield invalidValue('status.terminating', status.terminating, 'terminating>0 is invalid for finished job')
  if (touched('ready', 'active') && status.ready !== undefined && status.ready > (status.active ?? 0))
    yield invalidValue('status.ready', status.ready, 'cannot set more ready pods than active')
  if (now.enough && now.failed) yield conditions('cannot set SuccessCriteriaMet=True and Failed=true conditions')
  if (now.enough && now.failing) yield conditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions')
  if (job.spec?.successPolicy && !now.enough && now.complete)
    yield conditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True')
  yield* validateCourse(job, before, now, was)
}

const conditions = (detail: string): Cause => invalidUnshown('status.conditions', detail)

/** How far a job is, by its conditions. */
class Finality {
  readonly complete: boolean
  readonly failed: boolean
  readonly failing: boolean
  readonly enough: boolean

  constructor({ conditions = [] }: Status) {
    const has = (wanted: string) => conditions.some(({ type, status }) => type === wanted && status === 'True')
    this.complete = has('Complete')
    this.failed = has('Failed')
    this.failing = has('FailureTarget')
    this.enough = has('SuccessCriteriaMet')
  }

  get finished(): boolean {
    return this.complete || this.failed
  }
}

type Touched = (...fields: (keyof Status)[]) => boolean

function* validateUncounted({ uncountedTerminatedPods: pods }: Status): Generator<Cause> {
  const seen = new Set<string>()
  for (const list of ['succeeded', 'failed'] as const) {
    yield* each(pods?.[list], `status.uncountedTerminatedPods.${list}`, function* (uid, at) {
      if (!uid) yield invalidValue(at, uid, 'must not be empty')
      else if (seen.has(uid)) yield duplicate(at, uid)
      seen.add(uid)
    })
  }
}

function* validateEnd(status: Status, now: Finality, was: Finality, touched: Touched): Generator<Cause> {
  const ended = now.complete !== was.complete
  const { completionTime, startTime } = status
  if ((ended || now.failed !== was.failed) && now.complete && now.failed)
    yield conditions('cannot set Complete=True and Failed=true conditions')
  if ((ended || now.failing !== was.failing) && now.complete && now.failing)
    yield conditions('cannot set Complete=True and FailureTarget=true conditions')
  const path = 'status.completionTime'
  if (ended || touched('completionTime')) {
    if (completionTime && !now.complete)
      yield invalidValue(path, completionTime, 'cannot set completionTime when there is no Complete=True condition')
    if (!completionTime && now.complete) yield required(path, 'completionTime is required for Complete jobs')
  }
  if (touched('startTime', 'completionTime') && startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime))
    yield invalidValue(path, completionTime, 'completionTime cannot be set before startTime')
  if (now.failed !== was.failed && now.failed && !now.failing)
    yield conditions('cannot set Failed=True condition without the FailureTarget=true condition')
  if (ended && now.complete && !now.enough)
    yield conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition')
}

function* validateFinished(status: Status, ended: boolean, { finished }: Finality, touched: Touched): Generator<Cause> {
  if (!finished) return
  const { active = 0, startTime, uncountedTerminatedPods: pods } = status
  if ((ended || touched('active')) && active > 0)
    yield invalidValue('status.active', active, 'active>0 is invalid for finished job')
  if ((ended || touched('startTime')) && !startTime) yield required('status.startTime', 'startTime is required for finished job')
  const uncounted = (pods?.failed?.length ?? 0) + (pods?.succeeded?.length ?? 0)
  if ((ended || touched('uncountedTerminatedPods')) && uncounted > 0) {
    const printed = { Succeeded: pods?.succeeded ?? null, Failed: pods?.failed ?? null }
    const detail = 'uncountedTerminatedPods needs to be empty for finished job'
    yield invalidValue('status.uncountedTerminatedPods', printed, detail)
  }
}

function* validateIndexes({ spec, status = {} }: Job, touched: Touched): Generator<Cause> {
  const { completions, backoffLimitPerIndex, completionMode } = spec ?? {}
  const { completedIndexes = '', failedIndexes } = status
  const check = function* (field: 'completedIndexes' | 'failedIndexes'): Generator<Cause> {
    const error = indexesError(status[field] ?? '', completions!)
    if (error) yield invalidValue(`status.${field}`, status[field], `error parsing ${field}: ${error}`)
  }
  const [completed, failed] = [touched('completedIndexes'), touched('failedIndexes')]
  if (completed && completions !== undefined) yield* check('completedIndexes')
  if (failed && completions !== undefined && backoffLimitPerIndex !== undefined) yield* check('failedIndexes')
  if (completed && completedIndexes && completionMode !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    yield invalidValue('status.completedIndexes', completedIndexes, detail)
  }
  if (failedIndexes === undefined) return
  if (failed && backoffLimitPerIndex === undefined) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    yield invalidValue('status.failedIndexes', failedIndexes, detail)
  }
  const common =
    completions !== undefined && (completed || failed) ? overlap(completedIndexes, failedIndexes, completions) : undefined
  if (common !== undefined)
    yield invalidValue('status.failedIndexes', failedIndexes, `failedIndexes and completedIndexes overlap at index: ${common}`)
}

/** What was told of a job does not become untrue. */
function* validateCourse({ spec, status = {} }: Job, before: Status, now: Finality, was: Finality): Generator<Cause> {
  for (const [type, still, once] of [
    ['Failed', now.failed, was.failed],
    ['Complete', now.complete, was.complete],
    ['FailureTarget', now.failing, was.failing],
  ] as const) {
    if (once && !still) yield conditions(`cannot disable the terminal ${type}=True condition`)
  }
  // An indexed job that has as many pods as completions may be made smaller.
  const elastic = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism
  for (const field of elastic ? (['failed'] as const) : (['failed', 'succeeded'] as const)) {
    if ((status[field] ?? 0) < (before[field] ?? 0))
      yield invalidValue(`status.${field}`, status[field] ?? 0, `cannot decrease the ${field} counter`)
  }
  const { completionTime, startTime } = status
  if (completionTime && before.completionTime && completionTime !== before.completionTime)
    yield invalidValue('status.completionTime', completionTime, 'completionTime cannot be mutated')
  if (before.startTime && startTime !== before.startTime && !spec?.suspend)
    yield required('status.startTime', 'startTime cannot be removed for unsuspended job')
  if (was.enough && !now.enough) yield conditions('cannot disable the SuccessCriteriaMet=True condition')
  if (was.complete && !was.enough && now.enough)
    yield conditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions')
}
