import { itRefuses, itRefusesChanges } from '#resources/refusals.ts'
import cronJobs from './cronjobs.ts'

const jobTemplate = { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'i' }] } } } }
const spec = ({ name = 'x', ...fields }: { name?: string }) => ({
  metadata: { name, namespace: 'default' },
  spec: { schedule: '* * * * ?', jobTemplate, ...fields },
})

describe('a cron job', () => {
  itRefuses(cronJobs, 'spec', spec, [
    [{}],
    [{ schedule: '@every 1h' }],
    [{ schedule: '' }, '.schedule: Required value'],
    [{ schedule: 'error' }, '.schedule: Invalid value: "error": expected exactly 5 fields, found 1: [error]'],
    [{ schedule: '60 * * * *' }, '.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60'],
    [
      { schedule: 'TZ=UTC 0 * * * *' },
      '.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [{ timeZone: 'Europe/Rome' }],
    [{ timeZone: '' }, '.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
    [
      { timeZone: 'Local' },
      '.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [{ timeZone: 'Continent/Zone' }, '.timeZone: Invalid value: "Continent/Zone": unknown time zone Continent/Zone'],
    [{ timeZone: '../Rome' }, '.timeZone: Invalid value: "../Rome": unknown time zone ../Rome'],
    [
      { timeZone: 'Europe/InvalidRomeeeeeeeeee' },
      '.timeZone: Invalid value: "Europe/InvalidRomeeeeeeeeee": unknown time zone Europe/InvalidRomeeeeeeeeee',
    ],
    [{ startingDeadlineSeconds: -1 }, '.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0'],
    [{ concurrencyPolicy: 'X' }, '.concurrencyPolicy: Unsupported value: "X": supported values: "Allow", "Forbid", "Replace"'],
    [
      { successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 },
      '.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      '.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { jobTemplate: { spec: { ...jobTemplate.spec, manualSelector: true } } },
      '.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
    [
      { jobTemplate: { spec: { ...jobTemplate.spec, parallelism: -1 } } },
      '.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
    ],
    [{ name: 'x'.repeat(53) }, `metadata.name: Invalid value: "${'x'.repeat(53)}": must be no more than 52 characters`],
  ])
})

describe('the change of a cron job', () => {
  const zoned = { schedule: 'TZ=UTC 0 * * * *' }
  itRefusesChanges(cronJobs, 'spec', spec, [
    [zoned, { schedule: 'TZ=Europe/Rome 0 * * * *' }],
    [
      zoned,
      { ...zoned, timeZone: 'UTC' },
      '.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
    ],
    [{ timeZone: 'No/Where' }, { timeZone: 'No/Where' }],
  ])
})
