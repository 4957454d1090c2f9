import { itRefuses, itRefusesChanges, itWarns } from '#resources/refusals.ts'
import drivers from './csidrivers.ts'
import nodes from './csinodes.ts'
import classes from './storageclasses.ts'
import attachments from './volumeattachments.ts'

const qualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const cluster = { metadata: { name: 'x' } }
const label = (key: string, ...values: string[]) => ({ key, values })

describe('a storage class', () => {
  const made = (fields: object) => ({ ...cluster, provisioner: 'a.b/c', ...fields })
  itRefuses(classes, '', made, [
    [{}],
    [{ provisioner: '' }, 'provisioner: Required value'],
    [{ provisioner: '!' }, `provisioner: Invalid value: "!": ${qualified}`],
    [{ reclaimPolicy: 'X' }, 'reclaimPolicy: Unsupported value: "X": supported values: "Delete", "Retain"'],
    [
      { volumeBindingMode: 'X' },
      'volumeBindingMode: Unsupported value: "X": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
    [{ parameters: { '': 'v' } }, 'parameters: Invalid value: "": field can not be empty.'],
    [{ parameters: { a: 'x'.repeat(256 * 1024) } }, 'parameters: Too long: may not be more than 262144 bytes'],
    [
      { allowedTopologies: [{ matchLabelExpressions: [label('a')] }] },
      'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
    ],
    [
      { allowedTopologies: [{ matchLabelExpressions: [label('a', 'v', 'v')] }] },
      'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "v"',
    ],
    [
      { allowedTopologies: [{ matchLabelExpressions: [label('a', 'v'), label('a', 'w')] }] },
      'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "a"',
    ],
    [
      { allowedTopologies: [{ matchLabelExpressions: [label('a', 'v')] }, { matchLabelExpressions: [label('a', 'v')] }] },
      'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
    ],
  ])
  itRefusesChanges(classes, '', made, [
    [{}, { allowVolumeExpansion: true }],
    [
      { volumeBindingMode: 'Immediate' },
      { volumeBindingMode: 'WaitForFirstConsumer' },
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ],
  ])
  itWarns(classes, '', made, [
    [
      { allowedTopologies: [{ matchLabelExpressions: [label('beta.kubernetes.io/os', 'v')] }] },
      'allowedTopologies[0].matchLabelExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
  ])
})

describe('a CSI driver', () => {
  const made = (spec: object) => ({ ...cluster, spec })
  itRefuses(drivers, 'spec', made, [
    [{}],
    [
      { fsGroupPolicy: 'X' },
      '.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ],
    [
      { volumeLifecycleModes: ['X'] },
      '.volumeLifecycleModes: Unsupported value: "X": supported values: "Persistent", "Ephemeral"',
    ],
    [{ tokenRequests: [{ audience: 'a' }, { audience: 'a' }] }, '.tokenRequests[1].audience: Duplicate value: "a"'],
    [
      { tokenRequests: [{ audience: 'a', expirationSeconds: 1 }] },
      '.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    ],
    [
      { tokenRequests: [{ audience: 'a', expirationSeconds: 2 ** 33 }] },
      '.tokenRequests[0].expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
    ],
    [
      { nodeAllocatableUpdatePeriodSeconds: 9 },
      '.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
    ],
  ])
  itRefusesChanges(drivers, 'spec', made, [
    [{}, { podInfoOnMount: true }],
    [{}, { attachRequired: false }, '.attachedRequired: Invalid value: false: field is immutable'],
    [{}, { volumeLifecycleModes: ['Ephemeral'] }, '.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable'],
  ])
})

describe('a CSI node', () => {
  const made = (list: object[]) => ({ ...cluster, spec: { drivers: list } })
  const driver = { name: 'a.b', nodeID: 'n', topologyKeys: ['zone'] }
  itRefuses(nodes, 'spec.drivers', made, [
    [[driver]],
    [[{ ...driver, nodeID: '' }], '[0].nodeID: Required value'],
    [[{ ...driver, nodeID: 'x'.repeat(193) }], `[0].nodeID: Invalid value: "${'x'.repeat(193)}": must be 192 characters or less`],
    [[{ ...driver, allocatable: { count: -1 } }], '[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0'],
    [[driver, driver], '[1].name: Duplicate value: "a.b"'],
    [[{ ...driver, topologyKeys: ['a', 'a'] }], '[0]: Duplicate value: "a"'],
    [[{ ...driver, topologyKeys: ['!'] }], `[0]: Invalid value: "!": ${qualified}`],
  ])
  itRefusesChanges(nodes, 'spec.drivers', made, [
    [[driver], [{ ...driver, allocatable: { count: 1 } }]],
    [
      [driver],
      [{ ...driver, nodeID: 'm' }],
      ': Invalid value: {"name":"a.b","nodeID":"m","topologyKeys":["zone"]}: field is immutable',
    ],
  ])
})

describe('a volume attachment', () => {
  const made = (fields: object) => ({
    ...cluster,
    spec: { attacher: 'a.b', nodeName: 'n', source: { persistentVolumeName: 'v' }, ...fields },
  })
  const inline = (spec: object) => ({
    source: { inlineVolumeSpec: { accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h' }, ...spec } },
  })
  const at = '.source.inlineVolumeSpec'
  itRefuses(attachments, 'spec', made, [
    [{}],
    [{ source: {} }, '.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
    [
      { source: { persistentVolumeName: '' } },
      '.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
    ],
    [{ attacher: 'x'.repeat(64) }, '.attacher: Too long: may not be more than 63 bytes'],
    [inline({})],
    [
      inline({ capacity: { storage: '1' }, storageClassName: 's' }),
      `${at}.capacity: Forbidden: may not be specified in the context of inline volumes`,
      `${at}.storageClassName: Forbidden: may not be specified in the context of inline volumes`,
    ],
    [
      inline({ csi: undefined }),
      `${at}.csi: Required value: has to be specified in the context of inline volumes`,
      `${at}: Required value: must specify a volume type`,
    ],
    [
      inline({ persistentVolumeReclaimPolicy: 'Delete' }),
      `${at}.persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of inline volumes`,
    ],
    [
      inline({ volumeMode: 'Block' }),
      `${at}.volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes`,
    ],
  ])
  itRefusesChanges(
    attachments,
    'status',
    (status: object) => ({ ...made({}), status }),
    [
      [{ attached: false }, { attached: true, attachmentMetadata: { a: 'b' } }],
      [
        { attached: false },
        { attached: false, attachError: { message: 'x'.repeat(1025) } },
        '.attachError.message: Too long: may not be more than 262144 bytes',
      ],
      [
        { attached: false },
        { attached: false, detachError: { errorCode: -1 } },
        '.detachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      ],
    ],
    'validateStatus',
  )
})
