/** Somebody, and whom the API server takes them for. */
export interface Person {
  readonly user: string
  readonly groups: readonly string[]
}

export const here = 'access-here'
export const there = 'access-there'

const known = ['system:authenticated']
const person = (user: string, ...groups: readonly string[]): Person => ({ user, groups: [...groups, ...known] })

/** Who asks. What they may is set up by `roles` below, or comes with every cluster. */
export const people = {
  master: person('master', 'system:masters'),
  anonymous: { user: 'system:anonymous', groups: ['system:unauthenticated'] },
  nobody: person('nobody'),
  viewer: person('viewer'),
  editor: person('editor'),
  admin: person('admin'),
  overseer: person('overseer'),
  named: person('named'),
  scaler: person('scaler'),
  watchman: person('watchman'),
  robot: person(`system:serviceaccount:${here}:robot`, 'system:serviceaccounts', `system:serviceaccounts:${here}`),
  node: person('system:node:node-1', 'system:nodes'),
  proxy: person('system:kube-proxy'),
  scheduler: person('system:kube-scheduler'),
} satisfies Record<string, Person>

export type Name = keyof typeof people

const rbac = (kind: string, name: string, namespace: string, rest: object): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, ...(namespace && { namespace }) },
  ...rest,
})
const bound = (namespace: string, role: string, subject: object, kind = 'Role'): object =>
  rbac(namespace ? 'RoleBinding' : 'ClusterRoleBinding', `access-${role}`, namespace, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
    subjects: [subject],
  })
const user = (name: string): object => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name })
const rule = (verbs: string, apiGroup: string, resources: string, resourceNames: readonly string[] = []): object => ({
  verbs: verbs.split(' '),
  apiGroups: [apiGroup],
  resources: resources.split(' '),
  ...(resourceNames.length > 0 && { resourceNames }),
})

/** What is granted to them, as manifests. */
export const roles: readonly object[] = [
  bound(here, 'view', user('viewer'), 'ClusterRole'),
  bound(here, 'edit', user('editor'), 'ClusterRole'),
  bound(here, 'admin', user('admin'), 'ClusterRole'),
  bound('', 'view', user('overseer'), 'ClusterRole'),
  rbac('Role', 'named', here, {
    rules: [rule('get update', '', 'configmaps', ['one']), rule('list', '', 'pods')],
  }),
  bound(here, 'named', user('named')),
  rbac('Role', 'scaler', here, { rules: [rule('get update', 'apps', '*/scale'), rule('get', '', 'pods/log')] }),
  bound(here, 'scaler', user('scaler')),
  rbac('ClusterRole', 'access-watchman', '', { rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics', '/healthz/*'] }] }),
  bound('', 'access-watchman', user('watchman'), 'ClusterRole'),
  rbac('Role', 'robot', here, { rules: [rule('get', '', 'secrets')] }),
  bound(here, 'robot', { kind: 'ServiceAccount', name: 'robot', namespace: here }),
  rbac('Role', 'robots', there, { rules: [rule('list', '', 'configmaps')] }),
  bound(there, 'robots', { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: `system:serviceaccounts:${here}` }),
]

/** One request, and who may make it by upstream's rules: nobody else may. */
export interface Question {
  /** `GET /api/v1/…` */
  readonly request: string
  readonly body?: object
  /** verb, group, resource, subresource, namespace and name, as a SubjectAccessReview asks; `-` for none. Or verb and path. */
  readonly asked: string
  readonly fieldSelector?: string
  readonly allowed: string
}

const core = `/api/v1/namespaces/${here}`
const apps = `/apis/apps/v1/namespaces/${here}`
const roleApi = '/apis/rbac.authorization.k8s.io/v1'
const reviews = '/apis/authorization.k8s.io/v1'
const dry = 'dryRun=All'
const readers = 'master viewer editor admin overseer'
const writers = 'master editor admin'
const everybody = Object.keys(people).join(' ')
const authenticated = Object.keys(people)
  .filter(name => name !== 'anonymous')
  .join(' ')

export const questions: readonly Question[] = [
  { request: `GET ${core}/pods`, asked: `list - pods - ${here} -`, allowed: `${readers} named scheduler` },
  { request: `GET ${core}/pods/p`, asked: `get - pods - ${here} p`, allowed: `${readers} scheduler` },
  { request: `GET ${core}/pods/p/log`, asked: `get - pods log ${here} p`, allowed: `${readers} scaler` },
  { request: `POST ${core}/pods/p/exec`, asked: `create - pods exec ${here} p`, allowed: writers },
  { request: `GET ${core}/pods/p/exec`, asked: `get - pods exec ${here} p`, allowed: writers },
  {
    request: `POST ${core}/pods/p/eviction?${dry}`,
    body: {},
    asked: `create - pods eviction ${here} p`,
    allowed: `${writers} node`,
  },
  {
    request: `PATCH ${core}/pods/p/status?${dry}`,
    body: {},
    asked: `patch - pods status ${here} p`,
    allowed: 'master node scheduler',
  },
  {
    request: `POST ${core}/pods/p/binding?${dry}`,
    body: {},
    asked: `create - pods binding ${here} p`,
    allowed: 'master scheduler',
  },
  {
    request: 'GET /api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1',
    asked: 'list - pods - - -',
    fieldSelector: 'spec.nodeName=node-1',
    allowed: 'master overseer scheduler node',
  },
  {
    request: 'GET /api/v1/pods?fieldSelector=spec.nodeName%3Dnode-2',
    asked: 'list - pods - - -',
    fieldSelector: 'spec.nodeName=node-2',
    allowed: 'master overseer scheduler',
  },
  { request: `POST ${core}/configmaps?${dry}`, body: {}, asked: `create - configmaps - ${here} -`, allowed: writers },
  { request: `GET ${core}/configmaps/one`, asked: `get - configmaps - ${here} one`, allowed: `${readers} named` },
  {
    request: `PUT ${core}/configmaps/one?${dry}`,
    body: {},
    asked: `update - configmaps - ${here} one`,
    allowed: `${writers} named`,
  },
  { request: `PATCH ${core}/configmaps/one?${dry}`, body: {}, asked: `patch - configmaps - ${here} one`, allowed: writers },
  { request: `GET ${core}/configmaps/two`, asked: `get - configmaps - ${here} two`, allowed: readers },
  { request: `DELETE ${core}/configmaps/one?${dry}`, asked: `delete - configmaps - ${here} one`, allowed: writers },
  { request: `DELETE ${core}/configmaps?${dry}`, asked: `deletecollection - configmaps - ${here} -`, allowed: writers },
  { request: `GET ${core}/configmaps`, asked: `list - configmaps - ${here} -`, allowed: readers },
  {
    request: `GET ${core}/configmaps?fieldSelector=metadata.name%3Done`,
    asked: `list - configmaps - ${here} one`,
    allowed: readers,
  },
  {
    request: `GET /api/v1/namespaces/${there}/configmaps`,
    asked: `list - configmaps - ${there} -`,
    allowed: 'master overseer robot',
  },
  { request: 'GET /api/v1/configmaps', asked: 'list - configmaps - - -', allowed: 'master overseer' },
  { request: `GET ${core}/secrets/s`, asked: `get - secrets - ${here} s`, allowed: `${writers} robot` },
  { request: `GET ${core}/secrets`, asked: `list - secrets - ${here} -`, allowed: writers },
  { request: `GET /api/v1/namespaces/${there}/secrets`, asked: `list - secrets - ${there} -`, allowed: 'master' },
  { request: `GET ${apps}/deployments/d`, asked: `get apps deployments - ${here} d`, allowed: readers },
  { request: `GET ${apps}/deployments/d/scale`, asked: `get apps deployments scale ${here} d`, allowed: `${readers} scaler` },
  {
    request: `PUT ${apps}/deployments/d/scale?${dry}`,
    body: {},
    asked: `update apps deployments scale ${here} d`,
    allowed: `${writers} scaler`,
  },
  { request: `GET ${apps}/statefulsets/d/scale`, asked: `get apps statefulsets scale ${here} d`, allowed: `${readers} scaler` },
  {
    request: `PUT ${apps}/deployments/d/status?${dry}`,
    body: {},
    asked: `update apps deployments status ${here} d`,
    allowed: 'master',
  },
  { request: `GET ${apps}/replicasets`, asked: `list apps replicasets - ${here} -`, allowed: `${readers} scheduler` },
  { request: `GET ${core}/resourcequotas`, asked: `list - resourcequotas - ${here} -`, allowed: readers },
  { request: `POST ${core}/resourcequotas?${dry}`, body: {}, asked: `create - resourcequotas - ${here} -`, allowed: 'master' },
  { request: `GET ${core}/events`, asked: `list - events - ${here} -`, allowed: readers },
  {
    request: `POST ${core}/events?${dry}`,
    body: {},
    asked: `create - events - ${here} -`,
    allowed: `${writers} node proxy scheduler`,
  },
  {
    request: `POST ${core}/serviceaccounts/none/token`,
    body: {},
    asked: `create - serviceaccounts token ${here} none`,
    allowed: writers,
  },
  {
    request: `GET ${roleApi}/namespaces/${here}/roles`,
    asked: `list rbac.authorization.k8s.io roles - ${here} -`,
    allowed: 'master admin',
  },
  {
    request: `POST ${roleApi}/namespaces/${here}/rolebindings?${dry}`,
    body: { metadata: { name: 'x' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'none' } },
    asked: `create rbac.authorization.k8s.io rolebindings - ${here} -`,
    allowed: 'master admin',
  },
  { request: `GET ${roleApi}/clusterroles`, asked: 'list rbac.authorization.k8s.io clusterroles - - -', allowed: 'master' },
  { request: 'GET /api/v1/namespaces', asked: 'list - namespaces - - -', allowed: 'master overseer scheduler' },
  { request: `GET /api/v1/namespaces/${here}`, asked: `get - namespaces - ${here} ${here}`, allowed: `${readers} scheduler` },
  {
    request: `GET /api/v1/namespaces/${there}`,
    asked: `get - namespaces - ${there} ${there}`,
    allowed: 'master overseer scheduler',
  },
  { request: `DELETE /api/v1/namespaces/${here}?${dry}`, asked: `delete - namespaces - ${here} ${here}`, allowed: 'master' },
  { request: 'GET /api/v1/nodes', asked: 'list - nodes - - -', allowed: 'master proxy scheduler' },
  { request: 'GET /api/v1/nodes/node-1', asked: 'get - nodes - - node-1', allowed: 'master node proxy scheduler' },
  { request: 'GET /api/v1/nodes/node-2', asked: 'get - nodes - - node-2', allowed: 'master proxy scheduler' },
  { request: 'GET /api/v1/services', asked: 'list - services - - -', allowed: 'master overseer node proxy scheduler' },
  { request: 'GET /api/v1/persistentvolumes', asked: 'list - persistentvolumes - - -', allowed: 'master scheduler' },
  {
    request: 'GET /apis/storage.k8s.io/v1/storageclasses',
    asked: 'list storage.k8s.io storageclasses - - -',
    allowed: 'master scheduler',
  },
  {
    request: 'GET /apis/storage.k8s.io/v1/csinodes/node-1',
    asked: 'get storage.k8s.io csinodes - - node-1',
    allowed: 'master node scheduler',
  },
  {
    request: 'GET /apis/storage.k8s.io/v1/csinodes/node-2',
    asked: 'get storage.k8s.io csinodes - - node-2',
    allowed: 'master scheduler',
  },
  {
    request: 'GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1',
    asked: 'get coordination.k8s.io leases - kube-node-lease node-1',
    allowed: 'master node',
  },
  {
    request: 'GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-2',
    asked: 'get coordination.k8s.io leases - kube-node-lease node-2',
    allowed: 'master',
  },
  {
    request: `POST ${reviews}/selfsubjectaccessreviews`,
    body: {},
    asked: 'create authorization.k8s.io selfsubjectaccessreviews - - -',
    allowed: authenticated,
  },
  {
    request: `POST ${reviews}/subjectaccessreviews`,
    body: {},
    asked: 'create authorization.k8s.io subjectaccessreviews - - -',
    allowed: 'master node scheduler',
  },
  {
    request: `POST ${reviews}/namespaces/${here}/localsubjectaccessreviews`,
    body: {},
    asked: `create authorization.k8s.io localsubjectaccessreviews - ${here} -`,
    allowed: 'master admin node',
  },
  { request: 'GET /healthz', asked: 'get /healthz', allowed: everybody },
  { request: 'GET /healthz/etcd', asked: 'get /healthz/etcd', allowed: 'master watchman' },
  { request: 'GET /metrics', asked: 'get /metrics', allowed: 'master watchman' },
  { request: 'GET /version', asked: 'get /version', allowed: everybody },
  { request: 'GET /api', asked: 'get /api', allowed: authenticated },
  { request: 'GET /openapi/v2', asked: 'get /openapi/v2', allowed: authenticated },
  { request: 'GET /openid/v1/jwks', asked: 'get /openid/v1/jwks', allowed: 'master robot' },
]
