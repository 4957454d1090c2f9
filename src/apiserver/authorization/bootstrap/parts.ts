import { nodeRules } from './node-rules.ts'
import { type BootstrapRole, events, may, read } from './rule.ts'

const signer = (name: string): BootstrapRole => ({
  name: `system:certificates.k8s.io:${name}-approver`,
  rules: [may('approve', 'signers', 'certificates.k8s.io', `kubernetes.io/${name}`)],
})

/** The roles of the cluster's own parts (upstream: bootstrappolicy/policy.go). */
export const parts: readonly BootstrapRole[] = [
  { name: 'system:node', rules: nodeRules },
  {
    name: 'system:node-proxier',
    rules: [
      may('list watch', 'services endpoints'),
      may(read, 'nodes'),
      events,
      may('list watch', 'servicecidrs', 'networking.k8s.io'),
      may('list watch', 'endpointslices', 'discovery.k8s.io'),
    ],
  },
  {
    name: 'system:node-problem-detector',
    rules: [may('get', 'nodes'), may('patch', 'nodes/status'), events],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [may('create get list watch', 'certificatesigningrequests', 'certificates.k8s.io')],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      events,
      may('create', 'leases', 'coordination.k8s.io'),
      may('get update list watch', 'leases', 'coordination.k8s.io', 'kube-scheduler'),
      may(read, 'nodes'),
      may('get list watch delete', 'pods'),
      may('create', 'pods/binding bindings'),
      may('patch update', 'pods/status'),
      may(read, 'services replicationcontrollers'),
      may(read, 'replicasets', 'apps extensions'),
      may(read, 'statefulsets', 'apps'),
      may(read, 'poddisruptionbudgets', 'policy'),
      may(read, 'persistentvolumeclaims persistentvolumes'),
      may('create', 'tokenreviews', 'authentication.k8s.io'),
      may('create', 'subjectaccessreviews', 'authorization.k8s.io'),
      may(read, 'csinodes', 'storage.k8s.io'),
      may(read, 'volumeattachments', 'storage.k8s.io'),
      may(read, 'namespaces'),
      may(read, 'csidrivers', 'storage.k8s.io'),
      may(read, 'csistoragecapacities', 'storage.k8s.io'),
      may(read, 'deviceclasses', 'resource.k8s.io'),
      may(`${read} update patch`, 'resourceclaims', 'resource.k8s.io'),
      may(`${read} update patch`, 'resourceclaims/status', 'resource.k8s.io'),
      may(`${read} update patch`, 'pods/finalizers'),
      may(read, 'resourceslices', 'resource.k8s.io'),
    ],
  },
  {
    name: 'system:volume-scheduler',
    rules: [
      may(`${read} update patch`, 'persistentvolumes'),
      may(read, 'storageclasses', 'storage.k8s.io'),
      may(`${read} update patch`, 'persistentvolumeclaims'),
    ],
  },
  {
    name: 'system:kube-controller-manager',
    rules: [
      events,
      may('create', 'leases', 'coordination.k8s.io'),
      may('get update', 'leases', 'coordination.k8s.io', 'kube-controller-manager'),
      may('create', 'secrets serviceaccounts'),
      may('delete', 'secrets'),
      may('get', 'namespaces secrets serviceaccounts configmaps'),
      may('update', 'secrets serviceaccounts'),
      may('create', 'tokenreviews', 'authentication.k8s.io'),
      may('create', 'subjectaccessreviews', 'authorization.k8s.io'),
      may('list watch', '*', '*'),
      may('create', 'serviceaccounts/token'),
    ],
  },
  { name: 'system:kube-dns', rules: [may('list watch', 'endpoints services')] },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      may(read, 'nodes'),
      may('proxy', 'nodes'),
      may('*', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
      may('*', 'nodes/configz nodes/healthz nodes/pods'),
    ],
  },
  {
    name: 'system:auth-delegator',
    rules: [
      may('create', 'tokenreviews', 'authentication.k8s.io'),
      may('create', 'subjectaccessreviews', 'authorization.k8s.io'),
    ],
  },
  { name: 'system:kube-aggregator', rules: [may(read, 'services endpoints')] },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      may('get list watch create delete', 'persistentvolumes'),
      may('get list watch update', 'persistentvolumeclaims'),
      may(read, 'storageclasses', 'storage.k8s.io'),
      may('watch', 'events'),
      events,
    ],
  },
  {
    name: 'system:heapster',
    rules: [may(read, 'events pods nodes namespaces'), may(read, 'deployments', 'extensions')],
  },
  ...['nodeclient', 'selfnodeclient'].map(name => ({
    name: `system:certificates.k8s.io:certificatesigningrequests:${name}`,
    rules: [may('create', `certificatesigningrequests/${name}`, 'certificates.k8s.io')],
  })),
  ...['legacy-unknown', 'kubelet-serving', 'kube-apiserver-client', 'kube-apiserver-client-kubelet'].map(signer),
  { name: 'system:cluster-trust-bundle-discovery', rules: [may(read, 'clustertrustbundles', 'certificates.k8s.io')] },
]
