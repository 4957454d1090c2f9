import { CronJob, type JobSpec } from '#api/batch/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue, notSupported, required } from '#machinery/causes.ts'
import { ageOf } from '#machinery/time.ts'
import { nonNegatives, oneOf } from '#resources/checks.ts'
import { age, containerColumns, integer, name, selectorText, text, wide } from '#resources/columns.ts'
import { warnOfName } from '#resources/core/pod-spec/warnings.ts'
import { defaultJobTemplate, validateJobSpec, warnOfJobSpec } from './job-spec.ts'
import { isTimeZone, scheduleError } from './schedule.ts'

type Spec = NonNullable<CronJob['spec']>

/** The names of its jobs add a dash and the time in minutes to a cron job's name. */
const longestName = 52

export default resource(CronJob, {
  shortNames: ['cj'],
  categories: ['all'],
  status: true,
  generation: true,
  columns: [
    name,
    text('Schedule', ({ spec }) => spec?.schedule ?? ''),
    text('Timezone', ({ spec }) => spec?.timeZone ?? '<none>'),
    {
      ...text('Suspend', ({ spec }) => (spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False')),
      type: 'boolean',
    },
    integer('Active', ({ status }) => status?.active?.length),
    text('Last Schedule', ({ status }, now) => (status?.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : '<none>')),
    age,
    ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.template),
    wide(text('Selector', ({ spec }) => selectorText(spec?.jobTemplate?.spec?.selector))),
  ],

  default(cronJob) {
    const spec = (cronJob.spec ??= {} as Spec)
    const template = (spec.jobTemplate ??= {} as Spec['jobTemplate'])
    template.metadata ??= {}
    defaultJobTemplate((template.spec ??= {} as JobSpec))
    spec.concurrencyPolicy ||= 'Allow'
    spec.suspend ??= false
    spec.successfulJobsHistoryLimit ??= 3
    spec.failedJobsHistoryLimit ??= 1
  },

  prepare(cronJob, before) {
    if (!before) cronJob.status = {}
  },

  *warn({ metadata, spec }, before) {
    if (!before) yield* warnOfName(metadata.name)
    const job = spec?.jobTemplate?.spec
    if (job) yield* warnOfJobSpec(job, before?.spec?.jobTemplate?.spec, 'spec.jobTemplate.spec')
    // The path is upstream's.
    if (before && spec?.schedule?.includes('TZ'))
      yield 'CRON_TZ or TZ used in spec.spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details'
  },

  *validate({ metadata, spec = {} as Spec }, before) {
    yield* validateSchedule(spec, before?.spec)
    yield* nonNegatives(spec, 'spec', ['startingDeadlineSeconds'])
    if (spec.timeZone !== undefined && spec.timeZone !== before?.spec?.timeZone)
      yield* validateTimeZone(spec.timeZone, 'spec.timeZone')
    yield* oneOf(spec.concurrencyPolicy, 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace'])
    const job = spec.jobTemplate?.spec ?? ({} as JobSpec)
    const path = 'spec.jobTemplate.spec'
    yield* validateJobSpec(job, path)
    if (job.selector) yield invalidValue(`${path}.selector`, job.selector, '`selector` will be auto-generated')
    if (job.manualSelector) yield notSupported(`${path}.manualSelector`, job.manualSelector, ['nil', 'false'])
    yield* nonNegatives(spec, 'spec', ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'])
    if (!before && (metadata.name?.length ?? 0) > longestName) {
      yield invalidValue('metadata.name', metadata.name, `must be no more than ${longestName} characters`)
    }
  },
})

function* validateSchedule({ schedule, timeZone }: Spec, before: Spec | undefined): Generator<Cause> {
  const path = 'spec.schedule'
  if (!schedule) {
    yield required(path)
    return
  }
  const error = scheduleError(schedule)
  if (error) yield invalidValue(path, schedule, error)
  if (!schedule.includes('TZ')) return
  if (!before?.schedule?.includes('TZ')) {
    yield invalidValue(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')
  } else if (timeZone !== undefined)
    yield invalidValue(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')
}

/** Digits and plus are in the names of old zones only. */
const zonePart = /^(?!-|\.\.?$)[A-Za-z._0-9+-]{1,14}$/

function* validateTimeZone(zone: string, path: string): Generator<Cause> {
  if (!zone) {
    yield invalidValue(path, zone, 'timeZone must be nil or non-empty string')
    return
  }
  if (!zone.split('/').every(part => zonePart.test(part))) {
    yield invalidValue(path, zone, `unknown time zone ${zone}`)
    return
  }
  if (zone.toLowerCase() === 'local')
    yield invalidValue(path, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')
  // Go knows the machine's own zone by its exact name.
  if (zone !== 'Local' && !isTimeZone(zone)) yield invalidValue(path, zone, `unknown time zone ${zone}`)
}
