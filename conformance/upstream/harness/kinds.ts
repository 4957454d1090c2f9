import type * as k8s from '@kubernetes/client-node'

/** An object as it comes over the wire: times are text. */
export type Wire<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Wire<T[K]> } : T

/** What each resource holds. */
export interface Kinds {
  configmaps: k8s.V1ConfigMap
  endpoints: k8s.V1Endpoints
  events: k8s.CoreV1Event
  limitranges: k8s.V1LimitRange
  namespaces: k8s.V1Namespace
  nodes: k8s.V1Node
  persistentvolumeclaims: k8s.V1PersistentVolumeClaim
  persistentvolumes: k8s.V1PersistentVolume
  pods: k8s.V1Pod
  podtemplates: k8s.V1PodTemplate
  replicationcontrollers: k8s.V1ReplicationController
  resourcequotas: k8s.V1ResourceQuota
  secrets: k8s.V1Secret
  serviceaccounts: k8s.V1ServiceAccount
  services: k8s.V1Service
  controllerrevisions: k8s.V1ControllerRevision
  daemonsets: k8s.V1DaemonSet
  deployments: k8s.V1Deployment
  replicasets: k8s.V1ReplicaSet
  statefulsets: k8s.V1StatefulSet
  cronjobs: k8s.V1CronJob
  jobs: k8s.V1Job
  certificatesigningrequests: k8s.V1CertificateSigningRequest
  leases: k8s.V1Lease
  endpointslices: k8s.V1EndpointSlice
  flowschemas: k8s.V1FlowSchema
  prioritylevelconfigurations: k8s.V1PriorityLevelConfiguration
  ingressclasses: k8s.V1IngressClass
  ingresses: k8s.V1Ingress
  runtimeclasses: k8s.V1RuntimeClass
  poddisruptionbudgets: k8s.V1PodDisruptionBudget
  priorityclasses: k8s.V1PriorityClass
  csidrivers: k8s.V1CSIDriver
  csinodes: k8s.V1CSINode
  csistoragecapacities: k8s.V1CSIStorageCapacity
  storageclasses: k8s.V1StorageClass
  volumeattachments: k8s.V1VolumeAttachment
  mutatingwebhookconfigurations: k8s.V1MutatingWebhookConfiguration
  validatingwebhookconfigurations: k8s.V1ValidatingWebhookConfiguration
  validatingadmissionpolicies: k8s.V1ValidatingAdmissionPolicy
  validatingadmissionpolicybindings: k8s.V1ValidatingAdmissionPolicyBinding
  'events.events.k8s.io': k8s.EventsV1Event
}

const groups: Readonly<Record<string, readonly (keyof Kinds)[]>> = {
  'admissionregistration.k8s.io/v1': [
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
  ],
  'apps/v1': ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  'batch/v1': ['cronjobs', 'jobs'],
  'certificates.k8s.io/v1': ['certificatesigningrequests'],
  'coordination.k8s.io/v1': ['leases'],
  'discovery.k8s.io/v1': ['endpointslices'],
  'events.k8s.io/v1': ['events.events.k8s.io'],
  'flowcontrol.apiserver.k8s.io/v1': ['flowschemas', 'prioritylevelconfigurations'],
  'networking.k8s.io/v1': ['ingressclasses', 'ingresses'],
  'node.k8s.io/v1': ['runtimeclasses'],
  'policy/v1': ['poddisruptionbudgets'],
  'scheduling.k8s.io/v1': ['priorityclasses'],
  'storage.k8s.io/v1': ['csidrivers', 'csinodes', 'csistoragecapacities', 'storageclasses', 'volumeattachments'],
}

const clusterWide: ReadonlySet<string> = new Set([
  'namespaces',
  'nodes',
  'persistentvolumes',
  'certificatesigningrequests',
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'flowschemas',
  'prioritylevelconfigurations',
  'ingressclasses',
  'runtimeclasses',
  'priorityclasses',
  'csidrivers',
  'csinodes',
  'storageclasses',
  'volumeattachments',
])

/** `v1`, `apps/v1` … */
export const groupOf = (resource: keyof Kinds): string =>
  Object.entries(groups).find(([, resources]) => resources.includes(resource))?.[0] ?? 'v1'

/** Where objects of a resource live: in a namespace, or in all of them if that is empty. */
export function pathOf(resource: keyof Kinds, namespace: string): string {
  const group = groupOf(resource)
  const place = clusterWide.has(resource) || namespace === '' ? '' : `/namespaces/${namespace}`
  return `${group === 'v1' ? '/api' : '/apis'}/${group}${place}/${resource.split('.', 1)[0]}`
}
