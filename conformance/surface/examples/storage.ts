import type { Example } from './example.ts'

const claim = { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Mi' } } }

/** Volumes, and what makes them. */
export const storage: Readonly<Record<string, Example>> = {
  'v1/persistentvolumeclaims': () => ({ spec: claim }),
  'v1/persistentvolumes': () => ({
    spec: {
      capacity: { storage: '1Mi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'none',
      hostPath: { path: '/nowhere' },
    },
  }),
  'storage.k8s.io/v1/csidrivers': () => ({ spec: { attachRequired: false } }),
  'storage.k8s.io/v1/csinodes': () => ({ spec: { drivers: [] } }),
  'storage.k8s.io/v1/csistoragecapacities': () => ({ storageClassName: 'none', capacity: '1Gi' }),
  'storage.k8s.io/v1/storageclasses': () => ({ provisioner: 'x.example.com' }),
  'storage.k8s.io/v1/volumeattachments': name => ({
    spec: { attacher: 'x.example.com', nodeName: 'nowhere', source: { persistentVolumeName: name } },
  }),
  'storage.k8s.io/v1/volumeattributesclasses': () => ({ driverName: 'x.example.com', parameters: { speed: 'high' } }),
}
