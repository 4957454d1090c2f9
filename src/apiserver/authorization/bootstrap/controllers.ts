import type { PolicyRule } from '#api/rbac/v1.ts'
import { type BootstrapRole, events, may, read } from './rule.ts'

const role = (name: string, ...rules: readonly PolicyRule[]): BootstrapRole => ({ name: `system:controller:${name}`, rules })

/**
 * The roles of the single controllers (upstream: bootstrappolicy/controller_policy.go). They run as one user,
 * system:kube-controller-manager, which holds them all.
 */
export const controllers: readonly BootstrapRole[] = [
  role(
    'deployment-controller',
    may('get list watch update', 'deployments', 'apps'),
    may('update', 'deployments/status deployments/finalizers', 'apps'),
    may('get list watch create update patch delete', 'replicasets', 'apps'),
    may('get list watch update', 'pods'),
    events,
  ),
  role(
    'replicaset-controller',
    may('get list watch update', 'replicasets', 'apps'),
    may('update', 'replicasets/status replicasets/finalizers', 'apps'),
    may('list watch patch create delete', 'pods'),
    events,
  ),
  role(
    'replication-controller',
    may('get list watch update', 'replicationcontrollers'),
    may('update', 'replicationcontrollers/status replicationcontrollers/finalizers'),
    may('list watch patch create delete', 'pods'),
    events,
  ),
  role(
    'endpoint-controller',
    may(read, 'services pods'),
    may('get list watch create update delete', 'endpoints'),
    may('create', 'endpoints/restricted'),
    events,
  ),
  role(
    'endpointslice-controller',
    may(read, 'services pods nodes'),
    may('update', 'services/finalizers'),
    may('get list watch create update delete', 'endpointslices', 'discovery.k8s.io'),
    events,
  ),
  role('generic-garbage-collector', may('get list watch patch update delete', '*', '*'), events),
  role(
    'namespace-controller',
    may('get list watch delete', 'namespaces'),
    may('update', 'namespaces/finalize namespaces/status'),
    may('get list watch delete deletecollection', '*', '*'),
  ),
  role(
    'node-controller',
    may('get list watch update delete patch', 'nodes'),
    may('patch update', 'nodes/status pods/status'),
    may('list watch get delete', 'pods'),
    events,
  ),
  role('pod-garbage-collector', may('list watch delete', 'pods'), may(read, 'nodes'), may('patch', 'pods/status')),
  role('service-account-controller', may('create', 'serviceaccounts'), events),
  role('root-ca-cert-publisher', may('create update', 'configmaps'), events),
  role(
    'clusterrole-aggregation-controller',
    may('escalate get list watch update patch', 'clusterroles', 'rbac.authorization.k8s.io'),
  ),
]
