import replicationControllers from '#resources/core/replicationcontrollers.ts'
import { itRefuses, itRefusesChanges } from '#resources/refusals.ts'
import daemonSets from './daemonsets.ts'
import deployments from './deployments.ts'
import replicaSets from './replicasets.ts'
import statefulSets from './statefulsets.ts'

const selector = { matchLabels: { a: 'b' } }
const pod = { containers: [{ name: 'a', image: 'i' }] }
const template = { metadata: { labels: { a: 'b' } }, spec: pod }
const spec = (fields: object) => ({ spec: { selector, template, ...fields } })
const unlike = { ...template, metadata: { labels: { a: 'c' } } }
const mismatch = '.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`'
const negative = 'Invalid value: -1: must be greater than or equal to 0'

describe('a deployment', () => {
  itRefuses(deployments, 'spec', spec, [
    [{}],
    [{ replicas: -1 }, `.replicas: ${negative}`],
    [
      { selector: undefined },
      '.selector: Required value',
      '.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
    ],
    [{ selector: {} }, '.selector: Invalid value: {}: empty selector is invalid for deployment'],
    [{ template: unlike }, mismatch],
    [
      { template: { ...template, spec: { ...pod, restartPolicy: 'Never' } } },
      '.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      { template: { ...template, spec: { ...pod, activeDeadlineSeconds: 1 } } },
      '.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
    [
      { template: { ...template, spec: { ...pod, ephemeralContainers: [{ name: 'd', image: 'i' }] } } },
      '.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template',
    ],
    [
      { strategy: { type: 'X' } },
      '.strategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
    [
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      ".strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      { strategy: { rollingUpdate: { maxSurge: '20Percent' } } },
      ".strategy.rollingUpdate.maxSurge: Invalid value: \"20Percent\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
    [
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      '.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      { strategy: { rollingUpdate: { maxUnavailable: '110%' } } },
      '.strategy.rollingUpdate.maxUnavailable: Invalid value: "110%": must not be greater than 100%',
    ],
    [
      { progressDeadlineSeconds: 10, minReadySeconds: 10 },
      '.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds',
    ],
    [{ minReadySeconds: -1 }, `.minReadySeconds: ${negative}`],
    [{ revisionHistoryLimit: -1 }, `.revisionHistoryLimit: ${negative}`],
  ])
  itRefusesChanges(deployments, 'spec', spec, [
    [{}, { replicas: 2 }],
    [{ selector: { matchLabels: { x: 'y' } } }, {}, '.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable'],
  ])
  itRefusesChanges(
    deployments,
    'status',
    (status: object) => ({ ...spec({}), status }),
    [
      [{}, { replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 1 }],
      [{}, { replicas: 1, updatedReplicas: 2 }, '.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas'],
      [
        {},
        { replicas: 3, readyReplicas: 1, availableReplicas: 2 },
        '.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
      ],
      [{}, { observedGeneration: -1 }, `.observedGeneration: ${negative}`],
      [{ collisionCount: 3 }, { collisionCount: 2 }, '.collisionCount: Invalid value: 2: cannot be decremented'],
    ],
    'validateStatus',
  )
})

describe('a replica set', () => {
  itRefuses(replicaSets, 'spec', spec, [
    [{}],
    [{ template: unlike }, mismatch],
    [{ minReadySeconds: -1 }, `.minReadySeconds: ${negative}`],
    [{ replicas: -1 }, `.replicas: ${negative}`],
  ])
  itRefusesChanges(
    replicaSets,
    'status',
    (status: object) => ({ ...spec({}), status }),
    [
      [
        { replicas: 0 },
        { replicas: 1, fullyLabeledReplicas: 2 },
        '.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas',
      ],
      [{ replicas: 0 }, { replicas: 0, availableReplicas: -1 }, `.availableReplicas: ${negative}`],
    ],
    'validateStatus',
  )
})

describe('a daemon set', () => {
  const rolling = (rollingUpdate: object) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
  itRefuses(daemonSets, 'spec', spec, [
    [{}],
    [{ template: unlike }, mismatch],
    [{ selector: {} }, '.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    [
      { updateStrategy: { type: 'X' } },
      '.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ],
    [
      rolling({ maxUnavailable: 0 }),
      '.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ],
    [rolling({ maxSurge: 1, maxUnavailable: 0 })],
    [
      rolling({ maxSurge: 1 }),
      '.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ],
    [
      rolling({ maxUnavailable: '101%' }),
      '.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
  ])
  itRefusesChanges(
    daemonSets,
    'status',
    (status: object) => ({ ...spec({}), status }),
    [
      [{}, { numberReady: -1 }, `.numberReady: ${negative}`],
      [{ collisionCount: 2 }, { collisionCount: 1 }, '.collisionCount: Invalid value: 1: cannot be decremented'],
    ],
    'validateStatus',
  )
})

describe('a stateful set', () => {
  const rolling = (rollingUpdate: object) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
  itRefuses(statefulSets, 'spec', spec, [
    [{}],
    [{ podManagementPolicy: 'X' }, ".podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'"],
    [
      { updateStrategy: { type: 'X' } },
      '.updateStrategy: Invalid value: {"type":"X"}: must be \'RollingUpdate\' or \'OnDelete\'',
    ],
    [
      { updateStrategy: { type: 'OnDelete', rollingUpdate: {} } },
      ".updateStrategy.rollingUpdate: Invalid value: {}: only allowed for updateStrategy 'RollingUpdate'",
    ],
    [rolling({ partition: -1 }), `.updateStrategy.rollingUpdate.partition: ${negative}`],
    [rolling({ maxUnavailable: 0 }), '.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0'],
    [
      rolling({ maxUnavailable: '101%' }),
      '.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'X' } },
      '.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "X": supported values: "Retain", "Delete"',
    ],
    [{ ordinals: { start: -1 } }, `.ordinals.start: ${negative}`],
    [{ selector: {} }, '.selector: Invalid value: {}: empty selector is invalid for statefulset'],
    [{ template: unlike }, mismatch],
  ])
  itRefusesChanges(statefulSets, 'spec', spec, [
    [{}, { replicas: 3, minReadySeconds: 1 }],
    [
      {},
      { serviceName: 's' },
      ": Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  ])
  itRefusesChanges(
    statefulSets,
    'status',
    (status: object) => ({ ...spec({}), status }),
    [
      [
        { replicas: 0 },
        { replicas: 1, currentReplicas: 2 },
        '.currentReplicas: Invalid value: 2: cannot be greater than status.replicas',
      ],
      [
        { replicas: 0 },
        { replicas: 3, readyReplicas: 1, availableReplicas: 2 },
        '.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas',
      ],
      [{ replicas: 0, collisionCount: 2 }, { replicas: 0 }, '.collisionCount: Invalid value: 0: cannot be decremented'],
    ],
    'validateStatus',
  )
})

describe('a replication controller', () => {
  const labels = (fields: object) => ({ spec: { selector: { a: 'b' }, template, ...fields } })
  itRefuses(replicationControllers, 'spec', labels, [
    [{}],
    [{ template: undefined }, '.template: Required value'],
    [{ template: unlike }, mismatch],
    [{ replicas: -1, minReadySeconds: -1 }, `.minReadySeconds: ${negative}`, `.replicas: ${negative}`],
    [{ selector: {}, template: { spec: pod } }, '.selector: Required value'],
    [
      { template: { ...template, spec: { ...pod, activeDeadlineSeconds: 1 } } },
      '.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported',
    ],
  ])
  itRefusesChanges(
    replicationControllers,
    'status',
    (status: object) => ({ ...labels({}), status }),
    [
      [
        { replicas: 0 },
        { replicas: 1, readyReplicas: 2 },
        '.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      ],
    ],
    'validateStatus',
  )
})
