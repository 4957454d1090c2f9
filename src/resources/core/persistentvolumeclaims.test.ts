import { itRefuses, itRefusesChanges, itWarns } from '#resources/refusals.ts'
import claims from './persistentvolumeclaims.ts'

const base = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
const spec = (fields: object) => ({ spec: { ...base, ...fields } })
const kindOnly = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"

describe('a claim', () => {
  itRefuses(claims, 'spec', spec, [
    [{}],
    [{ accessModes: [] }, '.accessModes: Required value: at least 1 access mode is required'],
    [
      { accessModes: ['X'] },
      '.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [
      { accessModes: ['ReadWriteOncePod', 'ReadWriteMany'] },
      '.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
    [{ resources: {} }, '.resources[storage]: Required value'],
    [{ resources: { requests: { storage: '-1Gi' } } }, '.resources[storage]: Invalid value: "-1Gi": must be greater than zero'],
    [
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      ".selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
    [{ volumeMode: 'X' }, '.volumeMode: Unsupported value: "X": supported values: "Block", "Filesystem"'],
    [{ dataSource: { kind: 'PersistentVolumeClaim', name: 'c' } }],
    [
      { dataSource: { kind: 'PersistentVolumeClaim' } },
      '.dataSource.name: Required value',
      '.dataSourceRef.name: Required value',
    ],
    [{ dataSource: { kind: 'Other', name: 'c' } }],
    [
      { dataSourceRef: { kind: 'Other', name: 'c' } },
      `.dataSource: Invalid value: "Other": ${kindOnly}`,
      `.dataSourceRef: Invalid value: "Other": ${kindOnly}`,
    ],
    [
      { dataSourceRef: { apiGroup: 'a.b', kind: 'K', name: 'n', namespace: 'a.b' } },
      '.dataSourceRef.namespace: Invalid value: "a.b": must not contain dots',
    ],
    [
      { dataSource: { kind: 'PersistentVolumeClaim', name: 'a' }, dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' } },
      ': Invalid value: {}: must match dataSourceRef',
    ],
    [
      {
        dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
        dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'a', namespace: 'n' },
      },
      ': Invalid value: {}: may not be specified when dataSourceRef.namespace is specified',
    ],
  ])
})

describe('the change of a claim', () => {
  const claim = ({ status, annotations, ...fields }: { status?: object; annotations?: object }) => ({
    ...spec(fields),
    metadata: { name: 'x', namespace: 'default', annotations },
    status: status ?? { phase: 'Pending' },
  })
  const bound = { status: { phase: 'Bound', capacity: { storage: '1Gi' } } }
  const size = (storage: string) => ({ resources: { requests: { storage } } })
  const refused =
    ': Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n'
  const annotation = 'volume.beta.kubernetes.io/storage-class'
  itRefusesChanges(claims, 'spec', claim, [
    [{}, { volumeName: 'v' }],
    [{ volumeName: 'v' }, { volumeName: 'w' }, refused],
    [{}, size('2Gi'), refused],
    [bound, { ...bound, ...size('2Gi') }],
    [
      { ...bound, ...size('3Gi') },
      { ...bound, ...size('2Gi') },
    ],
    [
      { ...bound, ...size('3Gi') },
      { ...bound, ...size('1Gi') },
      '.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ],
    [{}, { storageClassName: 's' }],
    [{ storageClassName: 's' }, { storageClassName: 't' }, refused],
    [{ annotations: { [annotation]: 's' } }, { storageClassName: 's' }],
    [{ annotations: { [annotation]: 's' } }, {}, `metadata.annotations.${annotation}: Invalid value: "": field is immutable`],
    [{ volumeMode: 'Block' }, {}, refused, 'volumeMode: Invalid value: "Filesystem": field is immutable'],
    [bound, { ...bound, volumeAttributesClassName: 'c' }],
    [
      { volumeAttributesClassName: 'c', status: { ...bound.status, currentVolumeAttributesClassName: 'c' } },
      bound,
      '.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil',
    ],
  ])
})

describe('what is told of a claim', () => {
  itRefusesChanges(
    claims,
    'status',
    (status: object) => ({ ...spec({}), status }),
    [
      [{}, { phase: 'Bound', capacity: { storage: '1Gi' } }],
      [{}, { capacity: { storage: '-1' } }, '.capacity[storage]: Invalid value: -1: must be a valid resource quantity'],
      [{}, { allocatedResources: { cpu: '1' } }, '.allocatedResources: Unsupported value: "cpu": supported values: "storage"'],
      [
        {},
        { allocatedResourceStatuses: { storage: 'X' } },
        '.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      ],
    ],
    'validateStatus',
  )
})

describe('warnings of a claim', () => {
  itWarns(
    claims,
    '',
    ({ annotations, ...fields }: { annotations?: object }) => ({ ...spec(fields), metadata: { name: 'x', annotations } }),
    [
      [{}],
      [
        { annotations: { 'volume.beta.kubernetes.io/storage-class': 's' } },
        'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      ],
      [
        { resources: { requests: { storage: '0.5' } } },
        'spec.resources.requests[storage]: fractional byte value "500m" is invalid, must be an integer',
      ],
    ],
  )
})
