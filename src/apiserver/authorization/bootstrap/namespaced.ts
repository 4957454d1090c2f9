import { Role, RoleBinding, type Subject } from '#api/rbac/v1.ts'
import { annotations, group, labels } from './marks.ts'
import { events, may, read } from './rule.ts'

const account = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' })
const user = (name: string): Subject => ({ kind: 'User', apiGroup: group, name })

const role = (namespace: string, name: string, ...rules: Role['rules'] & object): Role => ({
  kind: Role.kind,
  apiVersion: `${group}/v1`,
  metadata: { namespace, name, labels, annotations },
  rules,
})

const binding = (namespace: string, name: string, subjects: Subject[], of = name): RoleBinding => ({
  kind: RoleBinding.kind,
  apiVersion: `${group}/v1`,
  metadata: { namespace, name, labels, annotations },
  roleRef: { apiGroup: group, kind: 'Role', name: of },
  subjects,
})

const reader = 'extension-apiserver-authentication-reader'
const [signer, cloud, cleaner] = ['bootstrap-signer', 'cloud-provider', 'token-cleaner'].map(
  name => `system:controller:${name}`,
) as [string, string, string]
const leading = (name: string): string => `system::leader-locking-${name}`
const [manager, scheduler] = ['kube-controller-manager', 'kube-scheduler'] as const

/** Roles that hold in one of the cluster's own namespaces only (upstream: bootstrappolicy/namespace_policy.go). */
export const roles: readonly Role[] = [
  role('kube-system', reader, may(read, 'configmaps', 'core', 'extension-apiserver-authentication')),
  role('kube-system', signer, may(read, 'secrets')),
  role('kube-system', cloud, may('create get list watch', 'configmaps')),
  role('kube-system', cleaner, may('get list watch delete', 'secrets'), events),
  role(
    'kube-system',
    leading(manager),
    may('watch', 'configmaps'),
    may('get update', 'configmaps', 'core', manager),
    may('get watch list create update', 'leases', 'coordination.k8s.io'),
  ),
  role('kube-system', leading(scheduler), may('watch', 'configmaps'), may('get update', 'configmaps', 'core', scheduler)),
  role('kube-public', signer, may(read, 'configmaps'), may('update', 'configmaps', 'core', 'cluster-info'), events),
]

/** Who holds them from the start. */
export const roleBindings: readonly RoleBinding[] = [
  binding('kube-system', `system::${reader}`, [user(`system:${manager}`), user(`system:${scheduler}`)], reader),
  binding('kube-system', leading(manager), [user(`system:${manager}`), account(manager)]),
  binding('kube-system', leading(scheduler), [user(`system:${scheduler}`), account(scheduler)]),
  binding('kube-system', signer, [account('bootstrap-signer')]),
  binding('kube-system', cloud, [account('cloud-provider')]),
  binding('kube-system', cleaner, [account('token-cleaner')]),
  binding('kube-public', signer, [account('bootstrap-signer')]),
]
