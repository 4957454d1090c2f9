import pods from '#resources/core/pods.ts'
import { itRefuses } from '#resources/refusals.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const mode = 'must be a number between 0 and 0777 (octal), both inclusive'

const withVolume = (volume: object) => ({
  spec: { serviceAccountName: 'default', containers: [{ name: 'a', image: 'i' }], volumes: [{ name: 'v', ...volume }] },
})

describe('a pod’s volume', () => {
  itRefuses(pods, 'spec.volumes[0]', withVolume, [
    [{ emptyDir: {} }],
    [{ emptyDir: { sizeLimit: '-1' } }, '.emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity'],
    [{ emptyDir: {}, hostPath: { path: '/a' } }, '.hostPath: Forbidden: may not specify more than 1 volume type'],
    [{ hostPath: {} }, '.hostPath.path: Required value'],
    [{ hostPath: { path: '/a/../b' } }, `.hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
    [
      { hostPath: { path: '/a', type: 'Pipe' } },
      '.hostPath.type: Unsupported value: "Pipe": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
    [{ gitRepo: {} }, '.gitRepo.repository: Required value'],
    [{ gitRepo: { repository: 'r', directory: '/d' } }, '.gitRepo.directory: Invalid value: "/d": must be a relative path'],
    [{ gitRepo: { repository: 'r', directory: 'a/..' } }, `.gitRepo.directory: Invalid value: "a/..": must not contain '..'`],
    [{ gcePersistentDisk: {} }, '.persistentDisk.pdName: Required value'],
    [
      { gcePersistentDisk: { pdName: 'p', partition: 256 } },
      '.persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
    ],
    [{ awsElasticBlockStore: {} }, '.awsElasticBlockStore.volumeID: Required value'],
    [
      { awsElasticBlockStore: { volumeID: 'v', partition: -1 } },
      '.awsElasticBlockStore.partition: Invalid value: -1: must be between 1 and 255, inclusive',
    ],
    [{ secret: {} }, '.secret.secretName: Required value'],
    [{ secret: { secretName: 's', defaultMode: 0o1000 } }, `.secret.defaultMode: Invalid value: 512: ${mode}`],
    [
      { secret: { secretName: 's', items: [{ path: '..x', mode: -1 }] } },
      '.secret.items[0].key: Required value',
      `.secret.items[0].path: Invalid value: "..x": must not start with '..'`,
      `.secret.items[0].mode: Invalid value: -1: ${mode}`,
    ],
    [{ nfs: { path: 'a' } }, '.nfs.server: Required value', '.nfs.path: Invalid value: "a": must be an absolute path'],
    [{ nfs: { server: 's' } }, '.nfs.path: Required value', '.nfs.path: Invalid value: "": must be an absolute path'],
    [{ glusterfs: {} }, '.glusterfs.endpoints: Required value', '.glusterfs.path: Required value'],
    [{ flocker: {} }, '.flocker: Required value: one of datasetName and datasetUUID is required'],
    [
      { flocker: { datasetName: 'a', datasetUUID: 'b' } },
      '.flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
    ],
    [{ flocker: { datasetName: 'a/b' } }, `.flocker.datasetName: Invalid value: "a/b": must not contain '/'`],
    [{ persistentVolumeClaim: {} }, '.persistentVolumeClaim.claimName: Required value'],
    [{ rbd: {} }, '.rbd.monitors: Required value', '.rbd.image: Required value'],
    [{ cinder: { secretRef: {} } }, '.cinder.volumeID: Required value', '.cinder.secretRef.name: Required value'],
    [{ cephfs: {} }, '.cephfs.monitors: Required value'],
    [{ emptyDir: {}, cephfs: {} }, '.cephFS: Forbidden: may not specify more than 1 volume type'],
    [
      { quobyte: {} },
      '.quobyte.registry: Required value: must be a host:port pair or multiple pairs separated by commas',
      '.quobyte.volume: Required value',
    ],
    [
      { quobyte: { registry: 'a', volume: 'v' } },
      '.quobyte.registry: Invalid value: "a": must be a host:port pair or multiple pairs separated by commas',
    ],
    [{ quobyte: { registry: 'a:1,b:2', volume: 'v' } }],
    [
      { quobyte: { registry: 'a:1', volume: 'v', tenant: 'x'.repeat(65) } },
      '.quobyte.tenant: Required value: must be a UUID and may not exceed a length of 64 characters',
    ],
    [
      { downwardAPI: { items: [{ path: 'p' }] } },
      '.downwardAPI: Required value: one of fieldRef and resourceFieldRef is required',
    ],
    [
      { downwardAPI: { items: [{ path: '/p', fieldRef: { fieldPath: 'metadata.name' } }] } },
      '.downwardAPI.path: Invalid value: "/p": must be a relative path',
    ],
    [
      { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'status.podIP' } }] } },
      '.downwardAPI.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
    ],
    [
      { downwardAPI: { items: [{ path: 'p', resourceFieldRef: { resource: 'limits.cpu' } }] } },
      '.downwardAPI.resourceFieldRef.containerName: Required value',
    ],
    [{ emptyDir: {}, downwardAPI: {} }, '.downwarAPI: Forbidden: may not specify more than 1 volume type'],
    [{ fc: {} }, '.fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both'],
    [
      { fc: { targetWWNs: ['w'], wwids: ['i'], lun: 1 } },
      '.fc.targetWWNs: Invalid value: ["w"]: targetWWNs and wwids can not be specified simultaneously',
    ],
    [{ fc: { targetWWNs: ['w'] } }, '.fc.lun: Required value: lun is required if targetWWNs is specified'],
    [{ fc: { targetWWNs: ['w'], lun: 256 } }, '.fc.lun: Invalid value: 256: must be between 0 and 255, inclusive'],
    [{ flexVolume: {} }, '.flexVolume.driver: Required value'],
    [
      { flexVolume: { driver: 'd', options: { 'k8s.io/a': 'b' } } },
      '.flexVolume.options[k8s.io/a]: Invalid value: "k8s.io/a": kubernetes.io and k8s.io namespaces are reserved',
    ],
    [{ configMap: {} }, '.configMap.name: Required value'],
    [{ configMap: { name: 'c', defaultMode: 512 } }, `.configMap.defaultMode: Invalid value: 512: ${mode}`],
    [{ azureFile: {} }, '.azureFile.secretName: Required value', '.azureFile.shareName: Required value'],
    [{ vsphereVolume: {} }, '.vsphereVolume.volumePath: Required value'],
    [{ photonPersistentDisk: {} }, '.photonPersistentDisk.pdID: Required value'],
    [{ portworxVolume: {} }, '.portworxVolume.volumeID: Required value'],
    [
      { azureDisk: { diskName: 'd', diskURI: 'x' } },
      '.azureDisk.diskURI: Unsupported value: "x": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
    ],
    [
      { azureDisk: { diskName: 'd', diskURI: 'https://x', kind: 'Managed', cachingMode: 'No' } },
      '.azureDisk.cachingMode: Unsupported value: "No": supported values: "None", "ReadOnly", "ReadWrite"',
      '.azureDisk.diskURI: Unsupported value: "https://x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
    ],
    [{ storageos: {} }, '.storageos.volumeName: Required value'],
    [{ storageos: { volumeName: 'A' } }, `.storageos.volumeName: Invalid value: "A": ${label}`],
    [
      { scaleIO: {} },
      '.scaleIO.gateway: Required value',
      '.scaleIO.system: Required value',
      '.scaleIO.volumeName: Required value',
    ],
    [{ csi: { driver: 'D.io' } }],
    [{ csi: {} }, '.csi.driver: Required value', `.csi.driver: Invalid value: "": ${subdomain}`],
    [{ csi: { driver: 'd'.repeat(64) } }, '.csi.driver: Too long: may not be more than 63 bytes'],
    [{ csi: { driver: 'd', nodePublishSecretRef: {} } }, '.csi.nodePublishSecretRef.name: Required value'],
    [{ csi: { driver: 'd', nodePublishSecretRef: { name: 'S' } } }, `.csi.name: Invalid value: "S": ${subdomain}`],
    [{ image: {} }, '.image.reference: Required value'],
    [
      { image: { reference: 'r', pullPolicy: 'P' } },
      '.image.pullPolicy: Unsupported value: "P": supported values: "Always", "IfNotPresent", "Never"',
    ],
  ])
})

describe('a pod’s volume on iSCSI', () => {
  const iscsi = (source: object) => withVolume({ iscsi: { targetPortal: 't', iqn: 'iqn.2015-02.example.com:test', ...source } })
  itRefuses(pods, 'spec.volumes[0].iscsi', iscsi, [
    [{}],
    [{ iqn: 'eui.0123456789ABCDEF' }],
    [{ iqn: 'naa.62004567BA64678D0123456789ABCDEF' }],
    [{ targetPortal: '' }, '.targetPortal: Required value'],
    [{ iqn: '' }, '.iqn: Required value'],
    [{ iqn: 'x' }, '.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa'],
    [{ iqn: 'iqn.2015-02' }, '.iqn: Invalid value: "iqn.2015-02": must be valid format'],
    [{ iqn: 'eui.0123' }, '.iqn: Invalid value: "eui.0123": must be valid format'],
    [{ lun: 256 }, '.lun: Invalid value: 256: must be between 0 and 255, inclusive'],
    [{ chapAuthSession: true }, '.secretRef: Required value'],
    [{ initiatorName: 'naa.1' }, '.initiatorname: Invalid value: "naa.1": must be valid format'],
    [
      { initiatorName: 'iqn.2015-02.example.com:init', targetPortal: 't'.repeat(63) },
      'spec.volumes[0].name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
    ],
  ])
})

describe('a pod’s volume with several sources', () => {
  const projected = (...sources: object[]) => withVolume({ projected: { sources } })
  itRefuses(pods, 'spec.volumes[0].projected', (sources: object[]) => projected(...sources), [
    [[{ secret: {} }], '.sources[0].secret.name: Required value'],
    [[{ configMap: {} }], '.sources[0].configMap.name: Required value'],
    [
      [{ configMap: { name: 'c' }, secret: { name: 's' } }],
      '.sources[0]: Forbidden: may not specify more than 1 volume type per source',
    ],
    [
      [
        { secret: { name: 's', items: [{ key: 'k', path: 'p' }] } },
        { configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
      ],
      ': Invalid value: "c": conflicting duplicate paths',
    ],
    [
      [
        {
          downwardAPI: {
            items: [
              { path: 'p', fieldRef: { fieldPath: 'metadata.uid' } },
              { path: 'p', fieldRef: { fieldPath: 'metadata.uid' } },
            ],
          },
        },
      ],
      ': Invalid value: "p": conflicting duplicate paths',
    ],
    [
      [{ serviceAccountToken: { expirationSeconds: 1 } }],
      '.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
      '.path: Required value',
    ],
    [
      [{ serviceAccountToken: { expirationSeconds: 2 ** 33, path: '../t' } }],
      '.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
      `.path: Invalid value: "../t": must not contain '..'`,
    ],
  ])
})

describe('a pod’s volumes', () => {
  const volumes = (list: object[]) => ({
    spec: { containers: [{ name: 'a', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], volumes: list },
  })
  const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  itRefuses(pods, 'spec.volumes', volumes, [
    [[{ name: 'v', emptyDir: {} }]],
    [
      [
        { name: 'v', emptyDir: {} },
        { name: 'v', emptyDir: {} },
      ],
      '[1].name: Duplicate value: "v"',
    ],
    [
      [{ name: 'v', secret: {} }],
      '[0].secret.secretName: Required value',
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [[{ name: 'v', emptyDir: {} }, { emptyDir: {} }], '[1].name: Required value'],
    [
      [
        { name: 'v', emptyDir: {} },
        { name: 'a.b', emptyDir: {} },
      ],
      '[1].name: Invalid value: "a.b": must not contain dots',
    ],
    [
      [
        { name: 'v', ephemeral: { volumeClaimTemplate: claim } },
        { name: 'w', persistentVolumeClaim: { claimName: 'x-v' } },
      ],
      '[1].persistentVolumeClaim.claimName: Invalid value: "x-v": must not reference a PVC that gets created for an ephemeral volume',
    ],
    [
      [{ name: 'v', ephemeral: { volumeClaimTemplate: { metadata: { name: 'n' }, ...claim } } }],
      '[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set',
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      [
        { name: 'v', emptyDir: {} },
        { name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      ],
      '[1].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
  ])
})
