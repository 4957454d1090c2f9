import { configMap, configMaps, pod } from '#apiserver/testing.ts'

/** A request that makes sense, from which others are made. */
export interface Good {
  readonly method: string
  readonly path: string
  readonly body?: object
  readonly type?: string
}

const core = '/api/v1/namespaces/default'
const pods = `${core}/pods`
const apps = '/apis/apps/v1/namespaces/default'
const template = {
  metadata: { labels: { app: 'd' } },
  spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] },
}
const workload = { selector: { matchLabels: { app: 'd' } }, template }
const port = { name: 'web', port: 80, targetPort: 'http' }
const strategic = 'application/strategic-merge-patch+json'
const json = 'application/json-patch+json'

/** What is there before anything is mutated: a collection and an object of it. */
export const seeds: readonly (readonly [collection: string, object: object])[] = [
  [`${core}/serviceaccounts`, { metadata: { name: 'default' } }],
  [configMaps, configMap('a')],
  [pods, pod('p')],
  [`${core}/services`, { metadata: { name: 's' }, spec: { selector: { a: 'b' }, ports: [port] } }],
  [`${core}/secrets`, { metadata: { name: 'x' }, data: { a: 'eA==' } }],
  [`${core}/replicationcontrollers`, { metadata: { name: 'r' }, spec: { selector: { app: 'd' }, template } }],
  ['/api/v1/nodes', { metadata: { name: 'n' } }],
  [`${apps}/deployments`, { metadata: { name: 'd' }, spec: workload }],
  [`${apps}/statefulsets`, { metadata: { name: 'd' }, spec: { ...workload, serviceName: 's' } }],
  [`${apps}/daemonsets`, { metadata: { name: 'd' }, spec: workload }],
  [
    '/apis/batch/v1/namespaces/default/jobs',
    { metadata: { name: 'j' }, spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
  ],
  [
    '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
    { metadata: { name: 'b' }, spec: { minAvailable: 1, selector: {} } },
  ],
]

/** Every sort of request, by hand: with all that belongs together in it. */
export const good: readonly Good[] = [
  {
    method: 'POST',
    path: configMaps,
    body: configMap('m', { labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['x/y'] }),
  },
  {
    method: 'POST',
    path: configMaps,
    body: configMap('', {
      name: undefined,
      generateName: 'm-',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
    }),
  },
  {
    method: 'POST',
    path: pods,
    body: pod('m', {
      volumes: [
        { name: 'v', emptyDir: { sizeLimit: '1Gi' } },
        { name: 'w', projected: { sources: [{ secret: { name: 'x', items: [{ key: 'a', path: 'b' }] } }] } },
      ],
      tolerations: [{ operator: 'Exists', tolerationSeconds: 5 }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }],
          },
        },
      },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { a: 'b' } } },
      ],
      initContainers: [
        {
          name: 'i',
          image: 'i',
          restartPolicy: 'Always',
          env: [{ name: 'E', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        },
      ],
      securityContext: { runAsUser: 5, sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] },
    }),
  },
  {
    method: 'POST',
    path: `${apps}/deployments`,
    body: { metadata: { name: 'm' }, spec: { replicas: 1, strategy: { rollingUpdate: { maxSurge: '25%' } }, ...workload } },
  },
  {
    method: 'POST',
    path: `${core}/services`,
    body: {
      metadata: { name: 'm' },
      spec: { selector: { a: 'b' }, ports: [port], type: 'NodePort', externalIPs: ['192.0.2.1'] },
    },
  },
  { method: 'PUT', path: `${configMaps}/a`, body: configMap('a', { resourceVersion: '5' }) },
  { method: 'PUT', path: `${pods}/p`, body: pod('p') },
  { method: 'PUT', path: `${apps}/deployments/d`, body: { metadata: { name: 'd' }, spec: workload } },
  { method: 'PUT', path: `${apps}/deployments/d/scale`, body: { metadata: { name: 'd' }, spec: { replicas: 2 } } },
  {
    method: 'PUT',
    path: `${apps}/deployments/d/status`,
    body: { metadata: { name: 'd' }, status: { replicas: 1, conditions: [{ type: 'T', status: 'True' }] } },
  },
  {
    method: 'PATCH',
    path: `${apps}/deployments/d`,
    body: { spec: { template: { spec: { containers: [{ name: 'c', $patch: 'delete' }] } } } },
    type: strategic,
  },
  {
    method: 'PATCH',
    path: `${pods}/p`,
    body: {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] },
      spec: { '$setElementOrder/containers': [{ name: 'main' }], containers: [{ name: 'main', image: 'j' }] },
    },
    type: strategic,
  },
  {
    method: 'PATCH',
    path: `${pods}/p/ephemeralcontainers`,
    body: { spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } },
    type: strategic,
  },
  {
    method: 'PATCH',
    path: `${apps}/deployments/d`,
    body: { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    type: strategic,
  },
  {
    method: 'PATCH',
    path: `${apps}/deployments/d`,
    body: [
      { op: 'replace', path: '/spec/replicas', value: 2 },
      { op: 'copy', from: '/spec', path: '/x' },
    ],
    type: json,
  },
  {
    method: 'PATCH',
    path: `${configMaps}/a`,
    body: [
      { op: 'test', path: '/data/key', value: 'value' },
      { op: 'add', path: '/metadata/labels', value: {} },
      { op: 'move', from: '/data/key', path: '/data/x' },
    ],
    type: json,
  },
  { method: 'PATCH', path: `${configMaps}/a`, body: { metadata: { labels: { a: null } }, data: { x: 'y' } } },
  { method: 'PATCH', path: `${configMaps}/a?fieldManager=m`, body: configMap('a'), type: 'application/apply-patch+yaml' },
  { method: 'POST', path: `${pods}/p/binding`, body: { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } } },
  {
    method: 'POST',
    path: `${pods}/p/eviction`,
    body: { metadata: { name: 'p' }, deleteOptions: { gracePeriodSeconds: 5, preconditions: { uid: 'u' } } },
  },
  {
    method: 'POST',
    path: `${core}/serviceaccounts/default/token`,
    body: { spec: { audiences: ['a'], expirationSeconds: 700, boundObjectRef: { kind: 'Pod', name: 'p' } } },
  },
  {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      spec: {
        user: 'u',
        groups: ['g'],
        resourceAttributes: { verb: 'get', resource: 'pods', fieldSelector: { rawSelector: 'a=b' } },
      },
    },
  },
  { method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', body: { spec: { namespace: 'default' } } },
  { method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', body: { spec: { token: 'a.b.c', audiences: ['x'] } } },
  {
    method: 'DELETE',
    path: `${configMaps}/a`,
    body: { propagationPolicy: 'Orphan', preconditions: { uid: 'u' }, gracePeriodSeconds: 3 },
  },
  {
    method: 'DELETE',
    path: `${pods}/p`,
    body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 3, dryRun: ['All'] },
  },
  {
    method: 'POST',
    path: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    body: {
      metadata: { name: 'm' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
    },
  },
  {
    method: 'POST',
    path: '/apis/batch/v1/namespaces/default/cronjobs',
    body: { metadata: { name: 'm' }, spec: { schedule: '* * * * *', timeZone: 'Etc/UTC', jobTemplate: { spec: { template } } } },
  },
  {
    method: 'GET',
    path: `${configMaps}?limit=2&labelSelector=a%3Db&fieldSelector=metadata.name%3Da&resourceVersion=5&continue=abc`,
  },
  { method: 'GET', path: `${pods}/p/log?container=main&tailLines=5` },
  { method: 'GET', path: `${pods}/p/exec?container=main&command=ls&stdin=true` },
  { method: 'GET', path: `${core}/services/s:web/proxy/a/b` },
  { method: 'GET', path: '/api/v1/watch/namespaces/default/pods/p?timeoutSeconds=1' },
  { method: 'GET', path: '/apis/apps/v1' },
  { method: 'GET', path: '/apis' },
  { method: 'GET', path: '/openapi/v3/api/v1?hash=x' },
  { method: 'GET', path: '/readyz?verbose&exclude=log' },
  { method: 'GET', path: '/version' },
]
