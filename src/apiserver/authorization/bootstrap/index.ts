import { ClusterRole, ClusterRoleBinding, type PolicyRule, type Subject } from '#api/rbac/v1.ts'
import { controllers } from './controllers.ts'
import { annotations, group, labels } from './marks.ts'
import { parts } from './parts.ts'
import { type BootstrapRole, may } from './rule.ts'
import { users } from './users.ts'

export { roleBindings, roles } from './namespaced.ts'

/** Many simulated nodes in one process share one view of pods and Services, which no node may have. Not upstream's. */
const nodesView: BootstrapRole = { name: 'pinnace:nodes', rules: [may('list watch', 'pods services')] }

const all = [...users, ...parts, ...controllers, nodesView]

/** The cluster's own roles. Aggregated ones begin with the rules that a controller would gather for them. */
export const clusterRoles: readonly ClusterRole[] = all.map(({ name, rules, labels: own, aggregate }) => ({
  kind: ClusterRole.kind,
  apiVersion: `${group}/v1`,
  metadata: { name, labels: { ...labels, ...own }, annotations },
  ...(aggregate && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregate]: 'true' } }] } }),
  rules: aggregate ? gathered(aggregate) : [...rules],
}))

function gathered(label: string): PolicyRule[] {
  const found: readonly BootstrapRole[] = all
    .filter(({ labels: own }) => own?.[label] === 'true')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return found.flatMap(({ rules, aggregate }) => (aggregate ? gathered(aggregate) : rules))
}

const named = (...names: readonly string[]): Subject[] => names.map(name => ({ kind: 'User', apiGroup: group, name }))
const groups = (...names: readonly string[]): Subject[] => names.map(name => ({ kind: 'Group', apiGroup: group, name }))
const account = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' })

/** Who holds them from the start. */
export const clusterRoleBindings: readonly ClusterRoleBinding[] = [
  binding('cluster-admin', groups('system:masters')),
  binding('system:monitoring', groups('system:monitoring')),
  binding('system:discovery', groups('system:authenticated')),
  binding('system:basic-user', groups('system:authenticated')),
  binding('system:public-info-viewer', groups('system:authenticated', 'system:unauthenticated')),
  binding('system:service-account-issuer-discovery', groups('system:serviceaccounts')),
  binding('system:cluster-trust-bundle-discovery', groups('system:serviceaccounts')),
  // Nobody's: the Node authorizer decides what nodes may.
  binding('system:node', []),
  binding('system:node-proxier', named('system:kube-proxy')),
  binding('system:kube-scheduler', named('system:kube-scheduler')),
  binding('system:volume-scheduler', named('system:kube-scheduler')),
  binding('system:kube-controller-manager', named('system:kube-controller-manager')),
  binding('system:kube-dns', [account('kube-dns')]),
  // Upstream's controllers come as service accounts; ours all as one user, which upstream's may too.
  ...controllers.map(({ name }) =>
    binding(name, [account(name.slice('system:controller:'.length)), ...named('system:kube-controller-manager')]),
  ),
  binding('pinnace:kubelet-api', named('kube-apiserver-kubelet-client'), 'system:kubelet-api-admin'),
  binding(nodesView.name, named('pinnace:nodes')),
]

function binding(name: string, subjects: Subject[], role = name): ClusterRoleBinding {
  return {
    kind: ClusterRoleBinding.kind,
    apiVersion: `${group}/v1`,
    metadata: { name, labels, annotations },
    ...(subjects.length > 0 && { subjects }),
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
  }
}
