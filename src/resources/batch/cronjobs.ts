import { CronJob, type JobSpec } from '#api/batch/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue, notSupported, required } from '#machinery/causes.ts'
import { ageOf } from '#machinery/time.ts'
import { nonNegatives, oneOf } from '#resources/checks.ts'
import { age, containerColumns, integer, name, selectorText, text, wide } from '#resources/columns.ts'
import { warnOfName, warnOfTemplate } from '#resources/core/pod-spec/warnings.ts'
import { defaultJobTemplate, validateJobSpec } from './job-spec.ts'
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
    yield* warnOfTemplate(
      spec?.jobTemplate?.spec?.template,
      before?.spec?.jobTemplate?.spec?.template,
      'spec.jobTemplate.spec.template',
    )
  },

  *validate({ metadata, spec = {} as Spec }, before) {
    yield* validateSchedule(spec, before?.spec)
    yield* nonNegatives(spec, 'spec', ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'])
    yield* oneOf(spec.concurrencyPolicy, 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace'])
    const job = spec.jobTemplate?.spec ?? ({} as JobSpec)
    const path = 'spec.jobTemplate.spec'
    yield* validateJobSpec(job, path)
    if (job.selector) yield invalidValue(`${path}.selector`, job.selector, '`selector` will be auto-generated')
    if (job.manualSelector) yield notSupported(`${path}.manualSelector`, job.manualSelector, ['nil', 'false'])
    if (!before && (metadata.name?.length ?? 0) > longestName) {
      yield invalidValue('metadata.name', metadata.name, `must be no more than ${longestName} characters`)
    }
  },
})

function* validateSchedule({ schedule, timeZone }: Spec, before: Spec | undefined): Generator<Cause> {
  const path = 'spec.schedule'
  if (!schedule) yield required(path)
  else {
    const error = scheduleError(schedule)
    if (error) yield invalidValue(path, schedule, error)
    if (schedule.includes('TZ')) {
      if (!before?.schedule.includes('TZ')) {
        yield invalidValue(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')
      } else if (timeZone !== undefined)
        yield invalidValue(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')
    }
  }
  if (timeZone !== undefined && timeZone !== before?.timeZone) yield* validateTimeZone(timeZone, 'spec.timeZone')
}

function* validateTimeZone(zone: string, path: string): Generator<Cause> {
  if (!zone) yield invalidValue(path, zone, 'timeZone must be nil or non-empty string')
  else if (zone.toLowerCase() === 'local') {
    yield invalidValue(path, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')
  } else if (!isTimeZone(zone) || /^[-+]\d/.test(zone)) yield invalidValue(path, zone, `unknown time zone ${zone}`)
}
