import { type BootstrapRole, events, may, read } from './rule.ts'

/** The roles of the cluster's own parts (upstream: bootstrappolicy/policy.go). */
export const parts: readonly BootstrapRole[] = [
  {
    name: 'system:node',
    rules: [
      may(read, 'services pods secrets configmaps'),
      may('create update patch get list watch', 'nodes'),
      may('update patch', 'nodes/status pods/status'),
      may('create update patch', 'events', 'core events.k8s.io'),
      may('create delete', 'pods'),
      may('create', 'pods/eviction serviceaccounts/token'),
      may('get', 'persistentvolumeclaims persistentvolumes endpoints serviceaccounts'),
      may('get update patch', 'persistentvolumeclaims/status'),
      may('get create update patch delete', 'leases', 'coordination.k8s.io'),
      may('create get list watch', 'certificatesigningrequests', 'certificates.k8s.io'),
      may('create', 'tokenreviews', 'authentication.k8s.io'),
      may('create', 'subjectaccessreviews localsubjectaccessreviews', 'authorization.k8s.io'),
      may('get', 'volumeattachments', 'storage.k8s.io'),
      may(read, 'csidrivers', 'storage.k8s.io'),
      may('get create update patch delete', 'csinodes', 'storage.k8s.io'),
      may(read, 'runtimeclasses', 'node.k8s.io'),
    ],
  },
  {
    name: 'system:node-proxier',
    rules: [
      may('list watch', 'services endpoints'),
      may(read, 'nodes'),
      may('list watch', 'servicecidrs', 'networking.k8s.io'),
      may('list watch', 'endpointslices', 'discovery.k8s.io'),
      events,
    ],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      events,
      may('create', 'leases', 'coordination.k8s.io'),
      may('get update list watch', 'leases', 'coordination.k8s.io', 'kube-scheduler'),
      may(read, 'nodes services replicationcontrollers persistentvolumeclaims persistentvolumes namespaces'),
      may('get list watch delete', 'pods'),
      may('create', 'pods/binding bindings'),
      may('patch update', 'pods/status'),
      may(read, 'replicasets statefulsets', 'apps'),
      may(read, 'poddisruptionbudgets', 'policy'),
      may(read, 'csinodes volumeattachments csidrivers csistoragecapacities storageclasses', 'storage.k8s.io'),
    ],
  },
  {
    name: 'system:kube-controller-manager',
    rules: [
      events,
      may('create', 'leases', 'coordination.k8s.io'),
      may('get update', 'leases', 'coordination.k8s.io', 'kube-controller-manager'),
      may('create', 'secrets serviceaccounts serviceaccounts/token'),
      may('delete', 'secrets'),
      may('get', 'namespaces secrets serviceaccounts configmaps'),
      may('update', 'secrets serviceaccounts'),
      may('list watch', '*', '*'),
    ],
  },
  {
    name: 'system:kube-dns',
    rules: [may('list watch', 'endpoints services'), may('list watch', 'endpointslices', 'discovery.k8s.io')],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      may(read, 'nodes'),
      may('proxy', 'nodes'),
      may('*', 'nodes/proxy nodes/metrics nodes/stats nodes/log nodes/pods nodes/healthz nodes/configz'),
    ],
  },
]
