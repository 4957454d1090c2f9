import { itRefuses, itRefusesChanges, itWarns } from '#resources/refusals.ts'
import volumes from './persistentvolumes.ts'

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const base = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] }
const hostPath = { path: '/v' }
const spec = (fields: object) => ({ metadata: { name: 'x' }, spec: { ...base, ...fields } })
const csi = { driver: 'd', volumeHandle: 'h' }
const nodeAffinity = (key: string) => ({ required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'Exists' }] }] } })

describe('a persistent volume', () => {
  itRefuses(volumes, 'spec', spec, [
    [{ hostPath }],
    [{}, ': Required value: must specify a volume type'],
    [{ hostPath, accessModes: [] }, '.accessModes: Required value'],
    [
      { hostPath, accessModes: ['X'] },
      '.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [
      { hostPath, accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      '.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
    [{ hostPath, capacity: {} }, '.capacity: Required value', '.capacity: Unsupported value: {}: supported values: "storage"'],
    [{ hostPath, capacity: { storage: '0' } }, '.capacity[storage]: Invalid value: "0": must be greater than zero'],
    [
      { hostPath, persistentVolumeReclaimPolicy: 'X' },
      '.persistentVolumeReclaimPolicy: Unsupported value: "X": supported values: "Delete", "Recycle", "Retain"',
    ],
    [
      { hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' },
      ".persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
    [{ hostPath: { path: '/a/..' } }, `.hostPath.path: Invalid value: "/a/..": must not contain '..'`],
    [{ hostPath, nfs: { server: 's', path: '/' } }, '.nfs: Forbidden: may not specify more than 1 volume type'],
    [{ hostPath, cephfs: { monitors: ['m'] } }, '.cephFS: Forbidden: may not specify more than 1 volume type'],
    [{ hostPath, nodeAffinity: {} }, '.nodeAffinity.required: Required value: must specify required node constraints'],
    [{ local: {}, nodeAffinity: nodeAffinity('a') }, '.local.path: Required value'],
    [{ local: { path: '/l' } }, '.nodeAffinity: Required value: Local volume requires node affinity'],
    [{ hostPath, storageClassName: 'X' }, `.storageClassName: Invalid value: "X": ${subdomain}`],
    [{ hostPath, volumeMode: 'X' }, '.volumeMode: Unsupported value: "X": supported values: "Block", "Filesystem"'],
    [{ csi, volumeAttributesClassName: 'c' }],
    [{ csi, volumeAttributesClassName: '' }, '.volumeAttributesClassName: Required value: an empty string is disallowed'],
    [
      { hostPath, volumeAttributesClassName: 'c' },
      '.csi: Required value: has to be specified when using volumeAttributesClassName',
    ],
    [{ csi: { driver: 'd' } }, '.csi.volumeHandle: Required value'],
    [
      { csi: { ...csi, nodePublishSecretRef: {} } },
      '.csi.nodePublishSecretRef.name: Required value',
      '.csi.nodePublishSecretRef.namespace: Required value',
    ],
    [{ gcePersistentDisk: {} }, '.persistentDisk.pdName: Required value'],
    [
      { glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: '' } },
      '.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name',
    ],
    [{ azureFile: { secretName: 's', shareName: 'n', secretNamespace: '' } }, '.azureFile.secretNamespace: Required value'],
    [{ cinder: { volumeID: 'v', secretRef: { name: 's' } } }, '.cinder.secretRef.namespace: Required value'],
    [
      { storageos: { volumeName: 'v', secretRef: {} } },
      '.storageos.secretRef.name: Required value',
      '.storageos.secretRef.namespace: Required value',
    ],
    [
      { iscsi: { targetPortal: 't', iqn: 'x', lun: 0, secretRef: {} } },
      '.iscsi.iqn: Invalid value: "x": must be valid format',
      '.iscsi.secretRef.name: Required value',
    ],
  ])
})

describe('the change of a persistent volume', () => {
  const zone = 'failure-domain.beta.kubernetes.io/zone'
  itRefusesChanges(volumes, 'spec', spec, [
    [{ hostPath }, { hostPath, capacity: { storage: '2Gi' } }],
    [
      { hostPath },
      { hostPath: { path: '/w' } },
      '.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n',
    ],
    [{ hostPath, volumeMode: 'Block' }, { hostPath }, 'volumeMode: Invalid value: "Filesystem": field is immutable'],
    [{ csi }, { csi: { ...csi, controllerExpandSecretRef: { name: 'n', namespace: 's' } } }],
    [{ hostPath }, { hostPath, nodeAffinity: nodeAffinity('a') }],
    [
      { hostPath, nodeAffinity: nodeAffinity(zone) },
      { hostPath, nodeAffinity: nodeAffinity('topology.kubernetes.io/zone') },
    ],
    [
      { hostPath, nodeAffinity: nodeAffinity('a') },
      { hostPath, nodeAffinity: nodeAffinity('b') },
      'nodeAffinity: Invalid value: {"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"b","operator":"Exists"}]}]}}: field is immutable, except for updating from beta label to GA',
    ],
    [
      { csi, volumeAttributesClassName: 'c' },
      { csi },
      '.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden',
    ],
  ])
})

describe('warnings of a persistent volume', () => {
  itWarns(volumes, 'spec', spec, [
    [{ hostPath }],
    [
      { hostPath, persistentVolumeReclaimPolicy: 'Recycle' },
      '.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    ],
    [{ rbd: { monitors: ['m'], image: 'i' } }, '.rbd: deprecated in v1.28, non-functional in v1.31+'],
    [
      { hostPath, nodeAffinity: nodeAffinity('beta.kubernetes.io/os') },
      '.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
  ])
})
