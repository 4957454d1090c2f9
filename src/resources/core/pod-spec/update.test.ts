import pods from '#resources/core/pods.ts'
import { itRefusesChanges } from '#resources/refusals.ts'

const withSpec = (spec: object) => ({ spec: { containers: [{ name: 'a', image: 'i' }], ...spec } })
const changeable =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'
const refused = `: Forbidden: pod updates may not change fields other than ${changeable}\n`
const zone = (...values: string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: values.map(value => ({ key: 'zone', operator: 'In', values: [value] })) }],
    },
  },
})
const terms = '.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
const gated = { schedulingGates: [{ name: 'g' }] }

describe('the change of a pod’s spec', () => {
  itRefusesChanges(pods, 'spec', withSpec, [
    [{}, { containers: [{ name: 'a', image: 'j' }] }],
    [
      {},
      { containers: [{ name: 'a', image: '', imagePullPolicy: 'Always' }] },
      '.containers[0].image: Required value',
      '.containers[0].image: Required value',
    ],
    [
      {},
      {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'b', image: 'i' },
        ],
      },
      '.containers: Forbidden: pod updates may not add or remove containers',
    ],
    [
      { initContainers: [{ name: 'b', image: 'i' }] },
      {},
      '.initContainers: Forbidden: pod updates may not add or remove containers',
    ],
    [{}, { hostname: 'h' }, refused],
    [{}, { containers: [{ name: 'a', image: 'i', command: ['x'] }] }, refused],
    [{}, { terminationGracePeriodSeconds: 1 }, refused],
    [{ terminationGracePeriodSeconds: -1 }, { terminationGracePeriodSeconds: 1 }],
    [{}, { activeDeadlineSeconds: 5 }],
    [{ activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 4 }],
    [
      { activeDeadlineSeconds: 5 },
      { activeDeadlineSeconds: 6 },
      '.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value',
    ],
    [
      { activeDeadlineSeconds: 5 },
      {},
      '.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ],
    [
      { tolerations: [{ key: 'a', operator: 'Exists' }] },
      {
        tolerations: [
          { key: 'a', operator: 'Exists' },
          { key: 'b', operator: 'Exists' },
        ],
      },
    ],
    [
      { tolerations: [{ key: 'a', operator: 'Exists' }] },
      {},
      '.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
    [
      { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }] },
      { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 2 }] },
    ],
    [gated, {}],
    [{}, gated, ".schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'"],
    [gated, { ...gated, nodeSelector: { a: 'b' } }],
    [{}, { nodeSelector: { a: 'b' } }, refused],
    [
      { ...gated, nodeSelector: { a: 'b' } },
      { ...gated, nodeSelector: { a: 'c' } },
      '.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
    [gated, { ...gated, affinity: zone('a') }],
    [
      { ...gated, affinity: zone('a') },
      { ...gated, affinity: zone('a', 'b') },
    ],
    [
      { ...gated, affinity: zone('a') },
      { ...gated, affinity: zone('b') },
      `${terms}[0]: Invalid value: {"matchExpressions":[{"key":"zone","operator":"In","values":["b"]}]}: only additions are allowed (no mutations or deletions)`,
    ],
    [
      { ...gated, affinity: zone('a') },
      gated,
      `${terms}: Invalid value: []: no additions/deletions to non-empty NodeSelectorTerms list are allowed`,
    ],
    [gated, { ...gated, affinity: { podAffinity: {} } }, refused],
  ])
})

describe('the change of a pod’s annotations', () => {
  const mirror = 'kubernetes.io/config.mirror'
  const annotated = (annotations: object) => ({
    ...withSpec({ nodeName: 'n' }),
    metadata: { name: 'x', namespace: 'default', annotations },
  })
  itRefusesChanges(pods, 'metadata.annotations', annotated, [
    [{ a: '1' }, { a: '2' }],
    [{ [mirror]: '1' }, { [mirror]: '2' }, `[${mirror}]: Forbidden: may not remove or update mirror pod annotation`],
    [{}, { [mirror]: '2' }, `[${mirror}]: Forbidden: may not add mirror pod annotation`],
    [
      {},
      { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' },
      '[container.apparmor.security.beta.kubernetes.io/a]: Forbidden: may not add AppArmor annotations',
    ],
  ])
})
