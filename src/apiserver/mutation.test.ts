import assert from 'node:assert/strict'
import { configMap, configMaps, pod, startTestServer, type TestServer } from './testing.ts'

/** Numbers from 0 up to 1, the same in every run (mulberry32). */
const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

const pods = '/api/v1/namespaces/default/pods'
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const template = {
  metadata: { labels: { app: 'd' } },
  spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] },
}
const port = { name: 'web', port: 80, targetPort: 'http' }
const requests = 3000

/** Good requests, from which bad ones are made. */
const good: readonly { readonly method: string; readonly path: string; readonly body?: object; readonly type?: string }[] = [
  {
    method: 'POST',
    path: configMaps,
    body: configMap('m', { labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['x/y'] }),
  },
  {
    method: 'POST',
    path: pods,
    body: pod('m', { volumes: [{ name: 'v', emptyDir: {} }], tolerations: [{ operator: 'Exists', tolerationSeconds: 5 }] }),
  },
  {
    method: 'POST',
    path: deployments,
    body: { metadata: { name: 'm' }, spec: { replicas: 1, selector: { matchLabels: { app: 'd' } }, template } },
  },
  {
    method: 'POST',
    path: '/api/v1/namespaces/default/services',
    body: { metadata: { name: 'm' }, spec: { selector: { a: 'b' }, ports: [port], type: 'NodePort' } },
  },
  { method: 'PUT', path: `${deployments}/d/scale`, body: { metadata: { name: 'd' }, spec: { replicas: 2 } } },
  {
    method: 'PUT',
    path: `${deployments}/d/status`,
    body: { metadata: { name: 'd' }, status: { replicas: 1, conditions: [{ type: 'T', status: 'True' }] } },
  },
  {
    method: 'PATCH',
    path: `${deployments}/d`,
    body: { spec: { template: { spec: { containers: [{ name: 'c', $patch: 'delete' }] } } } },
    type: 'application/strategic-merge-patch+json',
  },
  {
    method: 'PATCH',
    path: `${deployments}/d`,
    body: [
      { op: 'replace', path: '/spec/replicas', value: 2 },
      { op: 'copy', from: '/spec', path: '/x' },
    ],
    type: 'application/json-patch+json',
  },
  { method: 'PATCH', path: `${configMaps}/a`, body: { metadata: { labels: { a: null } }, data: { x: 'y' } } },
  { method: 'POST', path: `${pods}/p/binding`, body: { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } } },
  {
    method: 'POST',
    path: `${pods}/p/eviction`,
    body: { metadata: { name: 'p' }, deleteOptions: { gracePeriodSeconds: 5, preconditions: { uid: 'u' } } },
  },
  {
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/default/token',
    body: { spec: { audiences: ['a'], expirationSeconds: 700 } },
  },
  {
    method: 'DELETE',
    path: `${configMaps}/a`,
    body: { propagationPolicy: 'Orphan', preconditions: { uid: 'u' }, gracePeriodSeconds: 3 },
  },
  {
    method: 'GET',
    path: `${configMaps}?limit=2&labelSelector=a%3Db&fieldSelector=metadata.name%3Da&resourceVersion=5&continue=abc`,
  },
  { method: 'GET', path: `${pods}/p/log?container=main&tailLines=5` },
  {
    method: 'POST',
    path: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    body: { metadata: { name: 'm' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  },
  {
    method: 'POST',
    path: '/apis/batch/v1/namespaces/default/cronjobs',
    body: { metadata: { name: 'm' }, spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } } },
  },
  { method: 'GET', path: '/apis/apps/v1' },
]

describe('mutated requests', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
    await api.admin('POST', configMaps, configMap('a'))
    await api.admin('POST', pods, pod('p'))
    await api.admin('POST', deployments, { metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'd' } }, template } })
  })
  after(() => api.stop())

  it(`are answered, ${requests} of them, and never with a 500; what is refused is not stored`, async () => {
    const random = seeded(20_260_101)
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
    const odd = [
      'null',
      '5',
      '-1',
      '1e400',
      '9223372036854775807',
      '""',
      '"\\u0000"',
      '"x"',
      'true',
      '[]',
      '{}',
      '[null]',
      '{"a":{}}',
      '"__proto__"',
      `"${'x'.repeat(300)}"`,
    ]

    /** A text with one thing wrong: a value replaced, bytes cut, doubled or changed. */
    const mutated = (text: string): string => {
      const at = Math.floor(random() * text.length)
      const values = [...text.matchAll(/"[^"]*"(?!:)|\d+|true|\[|\{/g)]
      const keys = [...text.matchAll(/"[^"]*"(?=:)/g)]
      const replace = (found: readonly RegExpMatchArray[], by: string): string => {
        const target = pick(found)
        return target ? text.slice(0, target.index!) + by + text.slice(target.index! + target[0].length) : text
      }
      return pick([
        () => replace(values, pick(odd)),
        () => replace(values, pick(odd)),
        () => replace(keys, pick(['"__proto__"', '"constructor"', '"spec"', '"metadata"', '"$patch"', '""'])),
        () => text.slice(0, at),
        () => text.slice(0, at) + text.slice(at + 1),
        () => text.slice(0, at) + text.slice(Math.max(0, at - 10)),
        () => text.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + text.slice(at + 1),
      ])()
    }
    const mutatedPath = (path: string): string => (random() < 0.3 ? encodeURI(mutated(path)).replace(/%25/g, '%') : path)

    for (let sent = 0; sent < requests; sent += 50) {
      const { revision } = await api.storage.read({ start: '/', end: '0' }, { limit: 1 })
      const batch = Array.from({ length: 50 }, () => {
        const { method, path, body, type } = pick(good)
        const text = body && mutated(JSON.stringify(body))
        const media =
          type ??
          (method === 'PATCH'
            ? 'application/merge-patch+json'
            : pick(['application/json', 'application/json', 'application/yaml']))
        return {
          method: random() < 0.95 ? method : pick(['GET', 'PUT', 'POST', 'PATCH', 'DELETE']),
          path: mutatedPath(path),
          text,
          media,
        }
      })
      const replies = await Promise.all(
        batch.map(({ method, path, text, media }) =>
          api.admin(method, path, text, text === undefined ? {} : { 'content-type': media }),
        ),
      )
      // 503: the kubelet of a pod that was bound somewhere; 504: a revision to come.
      for (const [n, { code, text }] of replies.entries())
        assert.ok(code < 500 || code === 503 || code === 504, `${JSON.stringify(batch[n])} → ${code} ${text}`)
      const { revision: then } = await api.storage.read({ start: '/', end: '0' }, { limit: 1 })
      if (replies.every(({ code }) => code >= 400)) assert.equal(then, revision)
    }
    assert.equal((await api.admin('GET', '/readyz')).text, 'ok')
  })
})
