import { ClusterRole, ClusterRoleBinding, type PolicyRule, type Subject } from '#api/rbac/v1.ts'
import { controllers } from './controllers.ts'
import { parts } from './parts.ts'
import type { BootstrapRole } from './rule.ts'
import { users } from './users.ts'

const group = 'rbac.authorization.k8s.io'
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' }
const all = [...users, ...parts, ...controllers]

/** The cluster's own roles. Aggregated ones carry the rules that they gather from the others. */
export const clusterRoles: readonly ClusterRole[] = all.map(({ name, rules, labels: own, aggregate }) => ({
  kind: ClusterRole.kind,
  apiVersion: `${group}/v1`,
  metadata: { name, labels: { ...labels, ...own }, annotations },
  ...(aggregate && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregate]: 'true' } }] } }),
  rules: aggregate ? gathered(aggregate) : [...rules],
}))

/** Who holds them from the start. */
export const clusterRoleBindings: readonly ClusterRoleBinding[] = [
  binding('cluster-admin', 'Group', 'system:masters'),
  binding('system:monitoring', 'Group', 'system:monitoring'),
  binding('system:discovery', 'Group', 'system:authenticated'),
  binding('system:basic-user', 'Group', 'system:authenticated'),
  binding('system:public-info-viewer', 'Group', 'system:authenticated', 'system:unauthenticated'),
  binding('system:service-account-issuer-discovery', 'Group', 'system:serviceaccounts'),
  // Upstream leaves this one empty where the Node authorizer decides.
  binding('system:node', 'Group', 'system:nodes'),
  binding('system:node-proxier', 'User', 'system:kube-proxy'),
  binding('system:kube-scheduler', 'User', 'system:kube-scheduler'),
  binding('system:kube-controller-manager', 'User', 'system:kube-controller-manager'),
  ...controllers.map(({ name }) => binding(name, 'User', 'system:kube-controller-manager')),
  binding('system:kubelet-api-admin', 'User', 'kube-apiserver-kubelet-client'),
]

function binding(role: string, kind: 'User' | 'Group', ...names: readonly string[]): ClusterRoleBinding {
  const subjects: Subject[] = names.map(name => ({ kind, apiGroup: group, name }))
  const roleRef = { apiGroup: group, kind: 'ClusterRole', name: role }
  return {
    kind: ClusterRoleBinding.kind,
    apiVersion: `${group}/v1`,
    metadata: { name: role, labels, annotations },
    subjects,
    roleRef,
  }
}

function gathered(label: string): PolicyRule[] {
  const found: readonly BootstrapRole[] = all.filter(({ labels: own }) => own?.[label] === 'true')
  return found.flatMap(({ rules, aggregate }) => (aggregate ? gathered(aggregate) : rules))
}
