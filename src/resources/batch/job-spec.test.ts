import { itRefuses, itRefusesChanges } from '#resources/refusals.ts'
import jobs from './jobs.ts'

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'i' }] } }
const spec = (fields: object) => ({ spec: { template, ...fields } })
const indexed = { completionMode: 'Indexed', completions: 3, parallelism: 1 }

describe('a job', () => {
  itRefuses(jobs, 'spec', spec, [
    [{}],
    [{ parallelism: -1 }, '.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    [{ completions: -1 }, '.completions: Invalid value: -1: must be greater than or equal to 0'],
    [{ activeDeadlineSeconds: -1 }, '.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0'],
    [{ backoffLimit: -1 }, '.backoffLimit: Invalid value: -1: must be greater than or equal to 0'],
    [{ ttlSecondsAfterFinished: -1 }, '.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0'],
    [{ completionMode: 'X' }, '.completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"'],
    [{ completionMode: 'Indexed', parallelism: 1 }, '.completions: Required value: when completion mode is Indexed'],
    [
      { ...indexed, parallelism: 100001 },
      '.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
    ],
    [{ backoffLimitPerIndex: 1 }, '.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    [{ ...indexed, maxFailedIndexes: 1 }, '.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
    [
      { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 4 },
      '.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions',
    ],
    [
      { ...indexed, completions: 100001, backoffLimitPerIndex: 1 },
      '.maxFailedIndexes: Required value: must be specified when completions is above 100000',
    ],
    [
      { ...indexed, completions: 100001, parallelism: 10001, backoffLimitPerIndex: 1, maxFailedIndexes: 10001 },
      '.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      '.maxFailedIndexes: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
    ],
    [{ managedBy: 'example.com/x' }],
    [{ managedBy: '' }, '.managedBy: Required value'],
    [{ managedBy: 'x' }, '.managedBy: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")'],
    [
      { podReplacementPolicy: 'X' },
      '.podReplacementPolicy: Unsupported value: "X": supported values: "Failed", "TerminatingOrFailed"',
    ],
    [
      { template: { spec: { containers: [{ name: 'a', image: 'i' }] } } },
      '.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      '.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode',
    ],
  ])
})

describe('what becomes of a job whose pods fail', () => {
  const rules = (list: object[]) => spec({ podFailurePolicy: { rules: list } })
  const codes = (onExitCodes: object) => [{ action: 'FailJob', onExitCodes }]
  const good = { operator: 'In', values: [1, 2] }
  itRefuses(jobs, 'spec.podFailurePolicy.rules', rules, [
    [codes(good)],
    [[{ onExitCodes: good }], '[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'],
    [
      [{ action: 'X', onExitCodes: good }],
      '[0].action: Unsupported value: "X": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
    ],
    [
      [{ action: 'FailIndex', onExitCodes: good }],
      '[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
    ],
    [[{ action: 'Count' }], '[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required'],
    [
      [{ action: 'Count', onExitCodes: good, onPodConditions: [{ type: 'Ready', status: 'True' }] }],
      '[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported',
    ],
    [codes({ values: [1] }), '[0].onExitCodes.operator: Required value: valid values: ["In" "NotIn"]'],
    [codes({ ...good, operator: 'X' }), '[0].onExitCodes.operator: Unsupported value: "X": supported values: "In", "NotIn"'],
    [
      codes({ ...good, containerName: 'z' }),
      '[0].onExitCodes.containerName: Invalid value: "z": must be one of the container or initContainer names in the pod template',
    ],
    [codes({ operator: 'In' }), '[0].onExitCodes.values: Invalid value: []: at least one value is required'],
    [codes({ operator: 'In', values: [0, 1] }), '[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator'],
    [codes({ operator: 'NotIn', values: [1, 1] }), '[0].onExitCodes.values[1]: Duplicate value: 1'],
    [codes({ operator: 'In', values: [2, 1] }), '[0].onExitCodes.values: Invalid value: [2,1]: must be ordered'],
    [
      codes({ operator: 'In', values: Array.from({ length: 256 }, (_, i) => i + 1) }),
      '[0].onExitCodes.values: Too many: 256: must have at most 255 items',
    ],
    [
      [{ action: 'Ignore', onPodConditions: [{ type: 'Ready', status: 'X' }] }],
      '[0].onPodConditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
    ],
    [Array.from({ length: 21 }, () => codes(good)[0]), ': Too many: 21: must have at most 20 items'],
  ])
})

describe('when a job has done enough', () => {
  const rules = (list: object[]) => spec({ ...indexed, successPolicy: { rules: list } })
  const parsing = 'error parsing succeededIndexes:'
  itRefuses(jobs, 'spec.successPolicy.rules', rules, [
    [[{ succeededIndexes: '0,2', succeededCount: 1 }]],
    [[], ': Required value: at least one rules must be specified when the successPolicy is specified'],
    [[{}], '[0]: Required value: at least one of succeededCount or succeededIndexes must be specified'],
    [
      [{ succeededIndexes: '1-2-3' }],
      `[0].succeededIndexes: Invalid value: "1-2-3": ${parsing} the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    ],
    [
      [{ succeededIndexes: 'a' }],
      `[0].succeededIndexes: Invalid value: "a": ${parsing} cannot convert string to integer for index: "a"`,
    ],
    [[{ succeededIndexes: '3' }], `[0].succeededIndexes: Invalid value: "3": ${parsing} too large index: "3"`],
    [
      [{ succeededIndexes: '2,1' }],
      `[0].succeededIndexes: Invalid value: "2,1": ${parsing} non-increasing order, previous: 2, current: 1`,
    ],
    [
      [{ succeededCount: 4 }],
      '[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)',
    ],
    [
      [{ succeededIndexes: '0', succeededCount: 2 }],
      '[0].succeededCount: Invalid value: 2: must be less than or equal to 1 (the number of indexes in the specified succeededIndexes field)',
    ],
  ])
})

describe('the change of a job', () => {
  const job = (fields: object) =>
    spec({
      ...fields,
      manualSelector: true,
      selector: { matchLabels: { a: 'b' } },
      template: { ...template, ...(fields as { template?: object }).template, metadata: { labels: { a: 'b' } } },
    })
  itRefusesChanges(jobs, 'spec', job, [
    [{ parallelism: 1 }, { parallelism: 2 }],
    [{ completions: 1 }, { completions: 2 }, '.completions: Invalid value: 2: field is immutable'],
    [indexed, { ...indexed, completions: 2, parallelism: 2 }],
    [
      indexed,
      { ...indexed, completions: 2 },
      '.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism',
    ],
    [{ completions: 1 }, { ...indexed, completions: 1 }, '.completionMode: Invalid value: "Indexed": field is immutable'],
    [{}, { managedBy: 'a.b/c' }, '.managedBy: Invalid value: "a.b/c": field is immutable'],
    [indexed, { ...indexed, backoffLimitPerIndex: 1 }, '.backoffLimitPerIndex: Invalid value: 1: field is immutable'],
    [{ suspend: true }, { suspend: false, template: { spec: { ...template.spec, nodeSelector: { a: 'b' } } } }],
  ])
})
