import { itRefuses, itRefusesChanges } from '#resources/refusals.ts'
import limitRanges from './limitranges.ts'
import quotas from './resourcequotas.ts'

const standard = 'must be a standard resource type or fully qualified'

describe('a limit range', () => {
  itRefuses(limitRanges, 'spec.limits[0]', (item: object) => ({ spec: { limits: [item] } }), [
    [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '1' } }],
    [{ type: 'example.com/thing', max: { storage: '2' } }],
    [{ type: 'Thing' }, '.type: Invalid value: "Thing": must be a standard limit type or fully qualified'],
    [
      { type: 'Pod', default: { cpu: '1' }, defaultRequest: { cpu: '1' } },
      ".default: Forbidden: may not be specified when `type` is 'Pod'",
      ".defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      { type: 'Pod', max: { storage: '1' } },
      '.max[storage]: Invalid value: "storage": must be a standard resource for containers',
    ],
    [
      { type: 'PersistentVolumeClaim', maxLimitRequestRatio: { storage: '2' } },
      '.limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
    [
      { type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } },
      '.min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    ],
    [
      { type: 'Container', min: { cpu: '2' }, defaultRequest: { cpu: '1' } },
      '.defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
    ],
    [
      { type: 'Container', max: { cpu: '2' }, default: { cpu: '2' }, defaultRequest: { cpu: '3' } },
      '.defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than max value 2',
      '.defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit value 2',
    ],
    [
      { type: 'Container', max: { cpu: '1' }, default: { cpu: '2' }, defaultRequest: { cpu: '1' } },
      '.default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
    ],
    [
      { type: 'Pod', maxLimitRequestRatio: { cpu: '800m' } },
      '.maxLimitRequestRatio[cpu]: Invalid value: "800m": ratio 800m is less than 1',
    ],
    [
      { type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '10' } },
      '.maxLimitRequestRatio[cpu]: Invalid value: "10": ratio 10 is greater than max/min = 2.000000',
    ],
    [
      { type: 'Container', default: { 'example.com/d': '2' }, defaultRequest: { 'example.com/d': '1' } },
      '.defaultRequest[example.com/d]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/d',
    ],
  ])
  itRefuses(limitRanges, 'spec.limits', (limits: object[]) => ({ spec: { limits } }), [
    [[{ type: 'Pod' }, { type: 'Pod' }], '[1].type: Duplicate value: "Pod"'],
  ])
})

describe('a quota', () => {
  itRefuses(quotas, 'spec', (spec: object) => ({ spec }), [
    [
      {
        hard: { cpu: '1', 'requests.storage': '1', 'count/pods': '1', 'gold.storageclass.storage.k8s.io/requests.storage': '1' },
      },
    ],
    [
      { hard: { bananas: '1' } },
      `.hard[bananas]: Invalid value: "bananas": ${standard}`,
      '.hard[bananas]: Invalid value: "bananas": must be a standard resource for quota',
    ],
    [{ hard: { storage: '1' } }, '.hard[storage]: Invalid value: "storage": must be a standard resource for quota'],
    [{ hard: { cpu: '-1' } }, '.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    [{ hard: { pods: '0.5' } }, '.hard[pods]: Invalid value: "500m": must be an integer'],
    [{ scopes: ['X'] }, '.scopes: Invalid value: ["X"]: unsupported scope'],
    [
      { hard: { services: '1' }, scopes: ['Terminating'] },
      '.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource',
    ],
    [
      { hard: { cpu: '1' }, scopes: ['BestEffort'] },
      '.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ],
    [{ scopes: ['BestEffort', 'NotBestEffort'] }, '.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    [{ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }] } }],
    [
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
      ".scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
    [
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] }] } },
      ".scopeSelector.matchExpressions.values: Invalid value: [\"a\"]: must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
    ],
    [
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Is' }] } },
      '.scopeSelector.matchExpressions.operator: Invalid value: "Is": not a valid selector operator',
    ],
    [
      { scopeSelector: { matchExpressions: [{ scopeName: 'X', operator: 'Exists' }] } },
      '.scopeSelector.matchExpressions.scopeName: Invalid value: "X": unsupported scope',
    ],
  ])
  itRefusesChanges(quotas, 'spec', (spec: object) => ({ spec }), [
    [{ scopes: ['BestEffort'] }, { scopes: ['BestEffort'], hard: { pods: '1' } }],
    [{ scopes: ['BestEffort'] }, {}, '.scopes: Invalid value: null: field is immutable'],
  ])
  itRefusesChanges(
    quotas,
    'status',
    (status: object) => ({ spec: {}, status }),
    [[{}, { used: { cpu: '-1' } }, '.used[cpu]: Invalid value: "-1": must be greater than or equal to 0']],
    'validateStatus',
  )
})
