import type { PolicyRule } from '#api/rbac/v1.ts'
import { type BootstrapRole, may, mayGet, read, write } from './rule.ts'

const gather = (role: string): string => `rbac.authorization.k8s.io/aggregate-to-${role}`
const health = '/livez /readyz /healthz'

const viewed: readonly PolicyRule[] = [
  may(
    read,
    'pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps',
  ),
  may(
    read,
    'limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log',
  ),
  may(read, 'namespaces'),
  may(read, 'endpointslices', 'discovery.k8s.io'),
  may(
    read,
    'controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale',
    'apps',
  ),
  may(read, 'horizontalpodautoscalers horizontalpodautoscalers/status', 'autoscaling'),
  may(read, 'jobs cronjobs cronjobs/status jobs/status', 'batch'),
  may(
    read,
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies',
    'extensions',
  ),
  may(read, 'poddisruptionbudgets poddisruptionbudgets/status', 'policy'),
  may(read, 'networkpolicies ingresses ingresses/status', 'networking.k8s.io'),
  may(read, 'resourceclaims resourceclaims/status resourceclaimtemplates', 'resource.k8s.io'),
]

const edited: readonly PolicyRule[] = [
  may(read, 'pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy'),
  may('impersonate', 'serviceaccounts'),
  may(write, 'pods pods/attach pods/proxy pods/exec pods/portforward'),
  may('create', 'pods/eviction'),
  may(
    write,
    'replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets events',
  ),
  may('create', 'serviceaccounts/token'),
  may(
    write,
    'statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets replicasets/scale',
    'apps',
  ),
  may(write, 'horizontalpodautoscalers', 'autoscaling'),
  may(write, 'jobs cronjobs', 'batch'),
  may(
    write,
    'daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale replicationcontrollers/scale networkpolicies',
    'extensions',
  ),
  may(write, 'poddisruptionbudgets', 'policy'),
  may(write, 'networkpolicies ingresses', 'networking.k8s.io'),
  may(`${read} ${write}`, 'leases', 'coordination.k8s.io'),
  may(write, 'resourceclaims resourceclaimtemplates', 'resource.k8s.io'),
]

const administered: readonly PolicyRule[] = [
  may('create', 'localsubjectaccessreviews', 'authorization.k8s.io'),
  may(`${read} ${write}`, 'roles rolebindings', 'rbac.authorization.k8s.io'),
]

/** The roles that people are given. */
export const users: readonly BootstrapRole[] = [
  { name: 'cluster-admin', rules: [may('*', '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }] },
  { name: 'admin', rules: [], aggregate: gather('admin') },
  { name: 'edit', rules: [], aggregate: gather('edit'), labels: { [gather('admin')]: 'true' } },
  { name: 'view', rules: [], aggregate: gather('view'), labels: { [gather('edit')]: 'true' } },
  { name: 'system:aggregate-to-admin', rules: administered, labels: { [gather('admin')]: 'true' } },
  { name: 'system:aggregate-to-edit', rules: edited, labels: { [gather('edit')]: 'true' } },
  { name: 'system:aggregate-to-view', rules: viewed, labels: { [gather('view')]: 'true' } },
  { name: 'system:discovery', rules: [mayGet(`${health} /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*`)] },
  {
    name: 'system:basic-user',
    rules: [
      may('create', 'selfsubjectaccessreviews selfsubjectrulesreviews', 'authorization.k8s.io'),
      may('create', 'selfsubjectreviews', 'authentication.k8s.io'),
    ],
  },
  { name: 'system:public-info-viewer', rules: [mayGet(`${health} /version /version/`)] },
  {
    name: 'system:monitoring',
    rules: [mayGet(`/metrics /metrics/slis ${health} /livez/* /readyz/* /healthz/*`)],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [mayGet('/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/')],
  },
]
