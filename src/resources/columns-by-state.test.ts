import assert from 'node:assert/strict'
import type { KubeObject } from '#api/object.ts'
import type { Resource } from '#apiserver/resource.ts'
import daemonSets from './apps/daemonsets.ts'
import deployments from './apps/deployments.ts'
import statefulSets from './apps/statefulsets.ts'
import { asStored, shown } from './as-stored.ts'
import autoscalers from './autoscaling/horizontalpodautoscalers.ts'
import cronJobs from './batch/cronjobs.ts'
import jobs from './batch/jobs.ts'
import namespaces from './core/namespaces.ts'
import nodes from './core/nodes.ts'
import claims from './core/persistentvolumeclaims.ts'
import quotas from './core/resourcequotas.ts'
import secrets from './core/secrets.ts'
import services from './core/services.ts'
import endpointSlices from './discovery/endpointslices.ts'
import ingressClasses from './networking/ingressclasses.ts'
import ingresses from './networking/ingresses.ts'
import networkPolicies from './networking/networkpolicies.ts'
import budgets from './policy/poddisruptionbudgets.ts'
import priorityClasses from './scheduling/priorityclasses.ts'
import drivers from './storage/csidrivers.ts'
import storageClasses from './storage/storageclasses.ts'

type Fields = Record<string, unknown>

/** The columns that a state tells apart, by their names, and what stands in them. */
type Row = readonly [resource: Resource, fields: Fields, cells: Record<string, unknown>]

const metadata = { name: 'x', namespace: 'default', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' }
const deleted = { ...metadata, deletionTimestamp: '2026-01-01T00:00:30Z' }
const selector = { matchLabels: { a: 'b' } }
const template = {
  metadata: { labels: { a: 'b' } },
  spec: {
    containers: [
      { name: 'c1', image: 'i1' },
      { name: 'c2', image: 'i2' },
    ],
  },
}
const job = { spec: { template } }
const is = (...types: string[]) => ({ conditions: types.map(type => ({ type, status: 'True' })) })
const port = { port: 80, protocol: 'TCP' }
const balanced = (...ingress: object[]) => ({ loadBalancer: { ingress } })
const figure = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})

const rows: readonly Row[] = [
  [jobs, job, { Status: 'Running', Completions: '0/1', Duration: '', Containers: 'c1,c2', Images: 'i1,i2' }],
  [jobs, { spec: { template, parallelism: 2 } }, { Completions: '0/1 of 2' }],
  [
    jobs,
    {
      ...job,
      status: { succeeded: 1, ...is('Complete'), startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-01T00:00:33Z' },
    },
    { Status: 'Complete', Completions: '1/1', Duration: '33s' },
  ],
  [jobs, { ...job, status: is('Failed') }, { Status: 'Failed' }],
  [jobs, { ...job, status: is('Suspended') }, { Status: 'Suspended' }],
  [jobs, { ...job, status: is('FailureTarget') }, { Status: 'FailureTarget' }],
  [jobs, { ...job, status: is('SuccessCriteriaMet') }, { Status: 'SuccessCriteriaMet' }],
  [jobs, { ...job, metadata: deleted, status: {} }, { Status: 'Terminating' }],
  [
    cronJobs,
    { spec: { schedule: '0 * * * *', jobTemplate: job } },
    { Schedule: '0 * * * *', Timezone: '<none>', Suspend: 'False', Active: 0, 'Last Schedule': '<none>' },
  ],
  [
    cronJobs,
    {
      spec: { schedule: '0 * * * *', timeZone: 'UTC', suspend: true, jobTemplate: job },
      status: { active: [{}], lastScheduleTime: '2026-01-01T00:00:00Z' },
    },
    { Timezone: 'UTC', Suspend: 'True', Active: 1, 'Last Schedule': '60s' },
  ],
  [
    deployments,
    {
      spec: { replicas: 5, selector, template },
      status: { replicas: 10, readyReplicas: 4, updatedReplicas: 2, availableReplicas: 1 },
    },
    { Ready: '4/5', 'Up-to-date': 2, Available: 1, Age: '60s', Containers: 'c1,c2', Selector: 'a=b' },
  ],
  [
    statefulSets,
    { spec: { replicas: 5, selector, template }, status: { replicas: 4, readyReplicas: 2 } },
    { Ready: '2/5', Containers: 'c1,c2', Images: 'i1,i2' },
  ],
  [
    daemonSets,
    {
      spec: { selector, template },
      status: {
        desiredNumberScheduled: 2,
        currentNumberScheduled: 1,
        numberReady: 1,
        updatedNumberScheduled: 2,
        numberAvailable: 0,
        numberMisscheduled: 0,
      },
    },
    { Desired: 2, Current: 1, Ready: 1, 'Up-to-date': 2, Available: 0, 'Node Selector': '<none>' },
  ],
  [
    services,
    { spec: { ports: [port], clusterIPs: ['10.0.0.1'] } },
    { Type: 'ClusterIP', 'Cluster-IP': '10.0.0.1', 'External-IP': '<none>', 'Port(s)': '80/TCP', Selector: '<none>' },
  ],
  [
    services,
    {
      spec: {
        type: 'NodePort',
        ports: [{ ...port, nodePort: 30000 }],
        externalIPs: ['1.1.1.1', '2.2.2.2'],
        selector: { a: 'b' },
      },
    },
    { 'External-IP': '1.1.1.1,2.2.2.2', 'Port(s)': '80:30000/TCP', Selector: 'a=b' },
  ],
  [services, { spec: { type: 'LoadBalancer', ports: [port] } }, { 'External-IP': '<pending>' }],
  [
    services,
    {
      spec: { type: 'LoadBalancer', ports: [port], externalIPs: ['9.9.9.9'] },
      status: balanced({ ip: '2.2.2.2' }, { hostname: 'a' }),
    },
    { 'External-IP': '2.2.2.2,a,9.9.9.9' },
  ],
  [
    services,
    { spec: { type: 'ExternalName', externalName: 'a.b' } },
    { 'Cluster-IP': '<none>', 'External-IP': 'a.b', 'Port(s)': '<none>' },
  ],
  [namespaces, { status: { phase: 'Active' } }, { Status: 'Active' }],
  [namespaces, { metadata: deleted, status: { phase: 'Terminating' } }, { Status: 'Terminating' }],
  [
    nodes,
    {},
    {
      Status: 'Unknown',
      Roles: '<none>',
      'Internal-IP': '<none>',
      'OS-Image': '<unknown>',
      'Kernel-Version': '<unknown>',
      'Container-Runtime': '<unknown>',
    },
  ],
  [
    nodes,
    { status: { conditions: [{ type: 'Ready', status: 'False' }], addresses: [{ type: 'ExternalIP', address: '1.1.1.1' }] } },
    { Status: 'NotReady', 'External-IP': '1.1.1.1' },
  ],
  [
    nodes,
    { metadata: { ...metadata, labels: { 'node-role.kubernetes.io/b': '', 'kubernetes.io/role': 'a' } } },
    { Roles: 'a,b' },
  ],
  [
    claims,
    { metadata: deleted, spec: {}, status: { phase: 'Pending' } },
    { Status: 'Terminating', Volume: '', Capacity: '', 'Access Modes': '' },
  ],
  [
    claims,
    {
      spec: { volumeName: 'v' },
      status: { phase: 'Bound', accessModes: ['ReadWriteMany', 'ReadOnlyMany'], capacity: { storage: '4' } },
    },
    { Status: 'Bound', Volume: 'v', Capacity: '4', 'Access Modes': 'ROX,RWX', VolumeMode: 'Filesystem' },
  ],
  [
    quotas,
    { status: { hard: { 'limits.cpu': '2', pods: '10', 'requests.cpu': '1' }, used: { pods: '3' } } },
    { Request: 'pods: 3/10, requests.cpu: 0/1', Limit: 'limits.cpu: 0/2' },
  ],
  [secrets, { data: { a: '', b: '' } }, { Type: 'Opaque', Data: 2 }],
  [
    endpointSlices,
    { addressType: 'IPv4', endpoints: [], ports: [] },
    { AddressType: 'IPv4', Ports: '<unset>', Endpoints: '<unset>' },
  ],
  [
    endpointSlices,
    { addressType: 'IPv4', endpoints: [{ addresses: ['1', '2'] }, { addresses: ['3', '4'] }], ports: [{ port: 80 }] },
    { Ports: '80', Endpoints: '1,2,3 + 1 more...' },
  ],
  [
    ingresses,
    { spec: { ingressClassName: 'c', rules: [{ host: 'a' }] }, status: balanced({ ip: '2.2.2.2' }, { hostname: 'h' }) },
    { Class: 'c', Hosts: 'a', Address: '2.2.2.2,h', Ports: '80' },
  ],
  [
    ingressClasses,
    { spec: { controller: 'a/b', parameters: { apiGroup: 'g', kind: 'K', name: 'n' } } },
    { Controller: 'a/b', Parameters: 'K.g/n' },
  ],
  [networkPolicies, { spec: { podSelector: {} } }, { 'Pod-Selector': '<none>' }],
  [
    networkPolicies,
    { spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] } } },
    { 'Pod-Selector': 'a in (b,c)' },
  ],
  [
    budgets,
    { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 3 } },
    { 'Min Available': '50%', 'Max Unavailable': 'N/A', 'Allowed Disruptions': 3 },
  ],
  [
    priorityClasses,
    { value: 5, globalDefault: true },
    { Value: 5, 'Global-Default': true, PreemptionPolicy: 'PreemptLowerPriority' },
  ],
  [
    drivers,
    {},
    {
      AttachRequired: true,
      PodInfoOnMount: false,
      StorageCapacity: false,
      TokenRequests: '<unset>',
      RequiresRepublish: false,
      Modes: 'Persistent',
    },
  ],
  [
    drivers,
    { spec: { tokenRequests: [{ audience: 'a' }, { audience: 'b' }], volumeLifecycleModes: ['Ephemeral', 'Persistent'] } },
    { TokenRequests: 'a,b', Modes: 'Ephemeral,Persistent' },
  ],
  [
    storageClasses,
    { provisioner: 'p', metadata: { ...metadata, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } },
    {
      Name: 'x (default)',
      Provisioner: 'p',
      ReclaimPolicy: 'Delete',
      VolumeBindingMode: 'Immediate',
      AllowVolumeExpansion: false,
    },
  ],
  [
    autoscalers,
    { spec: { maxReplicas: 5, scaleTargetRef: { kind: 'D', name: 'n' } }, status: { currentReplicas: 4, desiredReplicas: 5 } },
    { Reference: 'D/n', Targets: 'cpu: <unknown>/80%', MinPods: '1', MaxPods: 5, Replicas: 4 },
  ],
  [
    autoscalers,
    {
      spec: { maxReplicas: 5, scaleTargetRef: { kind: 'D', name: 'n' }, metrics: [figure(1), figure(2), figure(3)] },
      status: { currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 50 } } }] },
    },
    { Targets: 'cpu: 50%/1%, cpu: <unknown>/2% + 1 more...' },
  ],
]

describe('what kubectl get shows of a state', () => {
  for (const [resource, fields, cells] of rows) {
    it(`of ${resource.kind.plural}: ${Object.values(cells).join(' | ')}`, () => {
      const stored = {
        ...asStored(resource, fields),
        ...(fields.status !== undefined && { status: fields.status }),
      } as KubeObject
      const names = resource.columns!.map(column => column.name)
      const all = shown(resource, stored)
      assert.deepEqual(Object.fromEntries(Object.keys(cells).map(name => [name, all[names.indexOf(name)]])), cells)
    })
  }
})
