import assert from 'node:assert/strict'
import type { CronJob, Job, JobSpec } from '#api/batch/v1.ts'
import { somebody } from '#resources/as-stored.ts'
import cronJobs from './cronjobs.ts'
import jobs from './jobs.ts'
import { scheduleError } from './schedule.ts'

const template = () => ({ spec: { restartPolicy: 'Never' as const, containers: [{ name: 'app', image: 'busybox' }] } })

const stored = (spec: Partial<JobSpec> = {}): Job => {
  const job: Job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'sum', namespace: 'default', uid: 'u1' },
    spec: { template: template(), ...spec },
  }
  jobs.default!(job, undefined)
  jobs.prepare!(job, undefined, somebody)
  return job
}

const complaints = (job: Job, before?: Job): string[] =>
  [...jobs.validate!(job, before)].map(({ field, message }) => `${field}: ${message}`)

describe('jobs', () => {
  it('fill in what a minimal job leaves out, and select their pods by their own uid', () => {
    const { spec, status } = stored()
    const { template, ...rest } = spec!
    assert.deepEqual(rest, {
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      completions: 1,
      manualSelector: false,
      parallelism: 1,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u1' } },
      suspend: false,
    })
    assert.deepEqual(template.metadata?.labels, {
      'batch.kubernetes.io/controller-uid': 'u1',
      'batch.kubernetes.io/job-name': 'sum',
      'controller-uid': 'u1',
      'job-name': 'sum',
    })
    assert.deepEqual(status, {})
    assert.deepEqual(complaints(stored()), [])
  })

  it('have pods that end', () => {
    assert.deepEqual(complaints(stored({ template: { spec: { containers: [{ name: 'app', image: 'b' }] } } })), [
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ])
  })

  it('keep their template', () => {
    const before = stored()
    const after = stored({ template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'app', image: 'b' }] } } })
    const [said] = complaints(after, before)
    assert.match(said!, /^spec.template: Invalid value: .*: field is immutable$/)
    assert.deepEqual(complaints(stored({ parallelism: 3, completions: 1 }), before), [])
  })

  it('are shown by kubectl', () => {
    const now = new Date('2026-01-01T00:01:00Z')
    const job = stored({ completions: 3 })
    job.status = { succeeded: 1, startTime: '2026-01-01T00:00:50Z' }
    assert.deepEqual(
      jobs.columns!.slice(0, 4).map(column => column.value(job, now)),
      ['sum', 'Running', '1/3', '10s'],
    )
    job.status = {
      succeeded: 3,
      startTime: '2026-01-01T00:00:50Z',
      completionTime: '2026-01-01T00:00:55Z',
      conditions: [{ type: 'Complete', status: 'True' }],
    }
    assert.deepEqual(
      jobs.columns!.slice(0, 4).map(column => column.value(job, now)),
      ['sum', 'Complete', '3/3', '5s'],
    )
  })
})

describe('schedules', () => {
  for (const schedule of [
    '* * * * *',
    '*/5 0-12/2 1,15 JAN-mar sun',
    '0 0 ? * 1',
    '@daily',
    '@every 1h30m',
    'TZ=Europe/Berlin 0 8 * * *',
  ]) {
    it(`take "${schedule}"`, () => assert.equal(scheduleError(schedule), undefined))
  }
  const cases: [string, string][] = [
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['@never', 'unrecognized descriptor: @never'],
  ]
  for (const [schedule, error] of cases) it(`refuse "${schedule}"`, () => assert.equal(scheduleError(schedule), error))

  it('are checked where a cron job has one', () => {
    const cronJob: CronJob = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly', namespace: 'default' },
      spec: { schedule: 'TZ=UTC * * *', timeZone: 'Nowhere/Land', jobTemplate: { spec: { template: template() } } },
    }
    cronJobs.default!(cronJob, undefined)
    assert.deepEqual(
      [...cronJobs.validate!(cronJob, undefined)].map(({ field, message }) => `${field}: ${message}`),
      [
        'spec.schedule: Invalid value: "TZ=UTC * * *": expected exactly 5 fields, found 3: [* * *]',
        'spec.schedule: Invalid value: "TZ=UTC * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
        'spec.timeZone: Invalid value: "Nowhere/Land": unknown time zone Nowhere/Land',
      ],
    )
    assert.equal(cronJob.spec?.successfulJobsHistoryLimit, 3)
  })
})
