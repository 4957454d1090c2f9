import { itRefusesChanges } from '#resources/refusals.ts'
import jobs from './jobs.ts'

const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'i' }] } } }
const condition = (...types: string[]) => ({ conditions: types.map(type => ({ type, status: 'True' })) })
const at = (minute: number) => `2026-01-01T00:0${minute}:00Z`
const started = { startTime: at(1) }

describe('what is told of a job', () => {
  itRefusesChanges(
    jobs,
    'status',
    ({ spec: more, ...status }: { spec?: object }) => ({ spec: { ...spec, ...more }, status }),
    [
      [{}, { active: 1, ready: 1, ...started }],
      [{}, { active: -1 }, '.active: Invalid value: -1: must be greater than or equal to 0'],
      [
        {},
        { failed: -1 },
        '.failed: Invalid value: -1: must be greater than or equal to 0',
        '.failed: Invalid value: -1: cannot decrease the failed counter',
      ],
      [{}, { ready: 1 }, '.ready: Invalid value: 1: cannot set more ready pods than active'],
      [
        {},
        { uncountedTerminatedPods: { succeeded: ['a', 'a'], failed: [''] } },
        '.uncountedTerminatedPods.succeeded[1]: Duplicate value: "a"',
        '.uncountedTerminatedPods.failed[0]: Invalid value: "": must not be empty',
      ],
      [started, { ...started, completionTime: at(2), ...condition('SuccessCriteriaMet', 'Complete') }],
      [
        {},
        { ...started, ...condition('SuccessCriteriaMet', 'Complete') },
        '.completionTime: Required value: completionTime is required for Complete jobs',
      ],
      [
        {},
        { ...started, completionTime: at(2) },
        `.completionTime: Invalid value: "${at(2)}": cannot set completionTime when there is no Complete=True condition`,
      ],
      [
        {},
        { startTime: at(3), completionTime: at(2), ...condition('SuccessCriteriaMet', 'Complete') },
        `.completionTime: Invalid value: "${at(2)}": completionTime cannot be set before startTime`,
      ],
      [
        {},
        { ...started, completionTime: at(2), ...condition('Complete') },
        '.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      ],
      [
        {},
        { ...started, ...condition('Failed') },
        '.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
      ],
      [{}, { ...condition('FailureTarget', 'Failed') }, '.startTime: Required value: startTime is required for finished job'],
      [
        {},
        { ...started, active: 1, ...condition('FailureTarget', 'Failed') },
        '.active: Invalid value: 1: active>0 is invalid for finished job',
      ],
      [
        {},
        { ...started, terminating: 1, ...condition('FailureTarget', 'Failed') },
        '.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
      ],
      [
        {},
        { ...condition('SuccessCriteriaMet', 'FailureTarget') },
        '.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
      ],
      [
        { ...started, ...condition('FailureTarget', 'Failed') },
        { ...started, ...condition('FailureTarget') },
        '.conditions: Invalid value: cannot disable the terminal Failed=True condition',
      ],
      [condition('SuccessCriteriaMet'), {}, '.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition'],
      [{ failed: 2 }, { failed: 1 }, '.failed: Invalid value: 1: cannot decrease the failed counter'],
      [{ succeeded: 2 }, { succeeded: 1 }, '.succeeded: Invalid value: 1: cannot decrease the succeeded counter'],
      [started, {}, '.startTime: Required value: startTime cannot be removed for unsuspended job'],
      [
        {},
        { completedIndexes: '0' },
        '.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      ],
      [
        {},
        { failedIndexes: '0' },
        '.failedIndexes: Invalid value: "0": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      ],
      [
        { spec: { completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: 1 } },
        {
          spec: { completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: 1 },
          completedIndexes: '0-1',
          failedIndexes: '1,9',
        },
        '.failedIndexes: Invalid value: "1,9": error parsing failedIndexes: too large index: "9"',
        '.failedIndexes: Invalid value: "1,9": failedIndexes and completedIndexes overlap at index: 1',
      ],
    ],
    'validateStatus',
  )
})
