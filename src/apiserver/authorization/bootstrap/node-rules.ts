import type { PolicyRule } from '#api/rbac/v1.ts'
import { may, read } from './rule.ts'

/** What every node may (upstream: bootstrappolicy.NodeRules). The Node authorizer narrows most of it to what concerns the node that asks. */
export const nodeRules: readonly PolicyRule[] = [
  may('create', 'tokenreviews', 'authentication.k8s.io'),
  may('create', 'subjectaccessreviews localsubjectaccessreviews', 'authorization.k8s.io'),
  may(read, 'services'),
  may('create get list watch', 'nodes'),
  may('update patch', 'nodes/status'),
  may('update patch', 'nodes'),
  may('create update patch', 'events'),
  may(read, 'pods'),
  may('create delete', 'pods'),
  may('update patch', 'pods/status'),
  may('create', 'pods/eviction'),
  may(read, 'secrets configmaps'),
  may('get', 'persistentvolumeclaims persistentvolumes'),
  may('get', 'endpoints'),
  may('create get list watch', 'certificatesigningrequests', 'certificates.k8s.io'),
  may('get create update patch delete', 'leases', 'coordination.k8s.io'),
  may('get', 'volumeattachments', 'storage.k8s.io'),
  may('create', 'serviceaccounts/token'),
  may('get update patch', 'persistentvolumeclaims/status'),
  may(read, 'csidrivers', 'storage.k8s.io'),
  may('get create update patch delete', 'csinodes', 'storage.k8s.io'),
  may(read, 'runtimeclasses', 'node.k8s.io'),
  may('get', 'resourceclaims', 'resource.k8s.io'),
  may('deletecollection', 'resourceslices', 'resource.k8s.io'),
  may(read, 'clustertrustbundles', 'certificates.k8s.io'),
]
