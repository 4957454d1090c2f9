import pods from '#resources/core/pods.ts'
import { itRefuses } from '#resources/refusals.ts'

const withSpec = (spec: object) => ({ spec: { containers: [{ name: 'a', image: 'i' }], ...spec } })
const name =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

describe('a pod’s tolerations', () => {
  itRefuses(pods, 'spec.tolerations[0]', (toleration: object) => withSpec({ tolerations: [toleration] }), [
    [{ operator: 'Exists' }],
    [{ key: '!', operator: 'Exists' }, `.key: Invalid value: "!": ${name}`],
    [
      { operator: 'Equal' },
      '.operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    [
      { key: 'a', operator: 'Exists', value: 'v' },
      '.operator: Invalid value: "v": value must be empty when `operator` is \'Exists\'',
    ],
    [{ key: 'a', operator: 'In' }, '.operator: Unsupported value: "In": supported values: "Equal", "Exists"'],
    [
      { key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 },
      '.effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
    [
      { key: 'a', effect: 'X' },
      '.effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  ])
})

describe('where a pod wants to run', () => {
  const must = 'requiredDuringSchedulingIgnoredDuringExecution'
  const should = 'preferredDuringSchedulingIgnoredDuringExecution'
  const term = (expression: object) => ({ nodeAffinity: { [must]: { nodeSelectorTerms: [expression] } } })
  const at = `.nodeAffinity.${must}.nodeSelectorTerms`
  const near = (affinity: object) => ({ podAffinity: { [must]: [{ topologyKey: 'zone', ...affinity }] } })
  const pod = `.podAffinity.${must}[0]`
  itRefuses(pods, 'spec.affinity', (affinity: object) => withSpec({ affinity }), [
    [{ nodeAffinity: { [must]: {} } }, `${at}: Required value: must have at least one node selector term`],
    [
      term({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
      `${at}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ],
    [
      term({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] }),
      `${at}[0].matchExpressions[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
    ],
    [
      term({ matchExpressions: [{ key: 'a', operator: 'Gt' }] }),
      `${at}[0].matchExpressions[0].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
    ],
    [
      term({ matchExpressions: [{ key: 'a', operator: 'Is' }] }),
      `${at}[0].matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator`,
    ],
    [term({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] })],
    [
      term({ matchFields: [{ key: 'metadata.name', operator: 'Exists' }] }),
      `${at}[0].matchFields[0].operator: Invalid value: "Exists": not a valid selector operator`,
    ],
    [
      term({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a', 'b'] }] }),
      `${at}[0].matchFields[0].values: Required value: must be only one value when \`operator\` is 'In' or 'NotIn' for node field selector`,
    ],
    [
      term({ matchFields: [{ key: 'metadata.uid', operator: 'In', values: ['a'] }] }),
      `${at}[0].matchFields[0].key: Invalid value: "metadata.uid": not a valid field selector key`,
    ],
    [
      { nodeAffinity: { [should]: [{ weight: 101, preference: {} }] } },
      `.nodeAffinity.${should}[0].weight: Invalid value: 101: must be in the range 1-100`,
    ],
    [
      near({ topologyKey: '' }),
      `${pod}.topologyKey: Required value: can not be empty`,
      `${pod}.topologyKey: Invalid value: "": name part must be non-empty`,
      `${pod}.topologyKey: Invalid value: "": ${name}`,
    ],
    [near({ namespaces: ['a.b'] }), `${pod}.namespace: Invalid value: "a.b": must not contain dots`],
    [
      near({ labelSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      `${pod}.labelSelector.matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ],
    [near({ matchLabelKeys: ['a'] }), `${pod}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`],
    [
      near({ mismatchLabelKeys: ['a'] }),
      `${pod}.mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
    ],
    [near({ labelSelector: {}, matchLabelKeys: ['!'] }), `${pod}.matchLabelKeys[0]: Invalid value: "!": ${name}`],
    [
      near({ labelSelector: {}, matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] }),
      `${pod}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`,
    ],
    [
      near({
        labelSelector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] },
        matchLabelKeys: ['a'],
      }),
      `${pod}[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector`,
    ],
    [
      { podAntiAffinity: { [should]: [{ weight: 0, podAffinityTerm: { topologyKey: 'z' } }] } },
      `.podAntiAffinity.${should}[0].weight: Invalid value: 0: must be in the range 1-100`,
    ],
  ])
})

describe('over what a pod is spread', () => {
  const good = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }
  itRefuses(pods, 'spec.topologySpreadConstraints', (list: object[]) => withSpec({ topologySpreadConstraints: list }), [
    [[good]],
    [[{ ...good, maxSkew: 0 }], '[0].maxSkew: Invalid value: 0: must be greater than zero'],
    [[{ ...good, topologyKey: '' }], '[0].topologyKey: Required value: can not be empty'],
    [
      [{ ...good, whenUnsatisfiable: 'X' }],
      '[0].whenUnsatisfiable: Unsupported value: "X": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
    [[good, good], '[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"'],
    [[{ ...good, minDomains: -1 }], '[0].minDomains: Invalid value: -1: must be greater than zero'],
    [
      [{ ...good, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 1 }],
      '[0].minDomains: Invalid value: 1: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
    ],
    [
      [{ ...good, nodeAffinityPolicy: 'X' }],
      '[0].nodeAffinityPolicy: Unsupported value: "X": supported values: "Honor", "Ignore"',
    ],
    [[{ ...good, nodeTaintsPolicy: 'X' }], '[0].nodeTaintsPolicy: Unsupported value: "X": supported values: "Honor", "Ignore"'],
    [[{ ...good, matchLabelKeys: ['a'] }], '[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set'],
  ])
})
