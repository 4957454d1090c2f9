import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { type Send, sender } from './https.ts'

describe('bad input gets the answer that upstream gives: over bare HTTPS', function () {
  this.timeout(60_000)
  const kubectl = clusterForSuite({ runtime: 'simulated' })
  let send: Awaited<ReturnType<typeof sender>>
  const configMaps = '/api/v1/namespaces/default/configmaps'
  const json = { 'content-type': 'application/json' }
  const taken = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taken' } })

  before(async () => {
    await kubectl().ok('create configmap taken')
    send = await sender(kubectl())
  })

  const media = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'
  const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap): '
  const answers: readonly (readonly [
    title: string,
    path: string,
    options: Send,
    code: number,
    reason: string,
    message: string | RegExp,
  ])[] = [
    [
      'a content type that nobody knows',
      configMaps,
      { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a,b' },
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${media}`,
    ],
    [
      'a patch that is none',
      `${configMaps}/taken`,
      { method: 'PATCH', headers: json, body: '{}' },
      415,
      'UnsupportedMediaType',
      '415: Unsupported Media Type',
    ],
    [
      'an Accept that nobody can meet',
      configMaps,
      { headers: { accept: 'text/csv' } },
      406,
      'NotAcceptable',
      `406: Not Acceptable\n\nAvailable representations: ${media}`,
    ],
    [
      'too large a body',
      configMaps,
      { method: 'POST', headers: json, body: Buffer.alloc(3 * 1024 * 1024 + 1, 0x20) },
      413,
      'RequestEntityTooLarge',
      'Request entity too large: limit is 3145728',
    ],
    [
      'a body that ends too early',
      configMaps,
      { method: 'POST', headers: json, body: '{' },
      400,
      'BadRequest',
      `${unrecognized}couldn't get version/kind; json parse error: unexpected end of JSON input ({)`,
    ],
    [
      'no body',
      configMaps,
      { method: 'POST', headers: json },
      400,
      'BadRequest',
      `${unrecognized}couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
    ],
    [
      'another kind than the path says',
      configMaps,
      { method: 'POST', headers: json, body: '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"it"}}' },
      400,
      'BadRequest',
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    ],
    [
      'another namespace than the path says',
      configMaps,
      { method: 'POST', headers: json, body: '{"metadata":{"name":"it","namespace":"other"}}' },
      400,
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'another name than the path says',
      `${configMaps}/other`,
      { method: 'PUT', headers: json, body: taken },
      400,
      'BadRequest',
      'the name of the object (taken) does not match the name on the URL (other)',
    ],
    [
      'an update of what is not there',
      `${configMaps}/nosuch`,
      { method: 'PUT', headers: json, body: taken.replace('taken', 'nosuch') },
      404,
      'NotFound',
      'configmaps "nosuch" not found',
    ],
    [
      'a stale resourceVersion',
      `${configMaps}/taken`,
      { method: 'PUT', headers: json, body: taken.replace('"name"', '"resourceVersion":"1","name"') },
      409,
      'Conflict',
      'Operation cannot be fulfilled on configmaps "taken": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      'a method that a path does not have',
      `${configMaps}/taken`,
      { method: 'POST', headers: json, body: taken },
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    ],
    [
      'a dry run of another kind',
      `${configMaps}?dryRun=Some`,
      { method: 'POST', headers: json, body: taken },
      422,
      'Invalid',
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      'a field validation of another kind',
      `${configMaps}?fieldValidation=Some`,
      { method: 'POST', headers: json, body: taken },
      422,
      'Invalid',
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Some": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [
      'a continue token that is none',
      `${configMaps}?limit=1&continue=x`,
      {},
      400,
      'BadRequest',
      /^invalid continue token: continue key is not valid: /,
    ],
    [
      'nobody, where somebody is needed',
      '/api/v1/pods',
      { anonymous: true },
      403,
      'Forbidden',
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    ],
    [
      'a token that is none',
      '/api/v1/pods',
      { anonymous: true, headers: { authorization: 'Bearer wrong' } },
      401,
      'Unauthorized',
      'Unauthorized',
    ],
  ]

  for (const [title, path, options, code, reason, message] of answers)
    it(`${title}: ${code}`, async () => {
      const answer = await send(path, options)
      const { kind, reason: why, message: says, code: inside } = answer.json()
      assert.deepEqual({ kind, code: answer.code, inside, reason: why }, { kind: 'Status', code, inside: code, reason })
      if (typeof message === 'string') assert.equal(says, message)
      else assert.match(says, message)
    })

  it('a resource that a version does not have: 404, as a Status that names nothing', async () => {
    const { code, json } = await send('/api/v1/nosuch')
    assert.equal(code, 404)
    const { reason, message, details } = json()
    assert.deepEqual([reason, message, details], ['NotFound', 'the server could not find the requested resource', {}])
  })

  it('a path that nobody serves: 404, in plain words', async () => {
    for (const path of ['/apis/nosuch/v1', '/apis/nosuch/v1/pods', '/nosuch']) {
      const { code, text, headers } = await send(path)
      assert.deepEqual({ code, text }, { code: 404, text: '404 page not found\n' })
      assert.match(headers['content-type'] ?? '', /^text\/plain/)
    }
  })

  it('nothing that anybody sends makes a 5xx or ends the process', async () => {
    const bodies = [
      '',
      'null',
      '[]',
      '"x"',
      '1',
      '{}',
      '{"metadata":null}',
      '{"metadata":[]}',
      '{"metadata":{"name":1}}',
      '{"metadata":{"name":""}}',
    ]
    bodies.push(
      '['.repeat(200_000),
      '{"a":'.repeat(200_000),
      '{"metadata":{"name":"a\\u0000b"}}',
      '{"data":{"__proto__":"x"},"metadata":{"name":"proto"}}',
    )
    bodies.push(
      '{"metadata":{"labels":{"a":null},"name":"l","finalizers":[1]}}',
      `{"metadata":{"name":"${'a'.repeat(300)}"}}`,
      '\ud800',
      '---\n- a\n: b',
      '!!js/function a',
    )
    const types = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/json-patch+json']
    types.push(
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
      '',
      ';',
      'application/json; charset=x',
    )
    const query = [
      'limit=-1',
      'limit=x',
      'watch=maybe&timeoutSeconds=1',
      'timeoutSeconds=-1&watch=1&resourceVersion=99999999999999999999',
      'labelSelector=%00',
      'labelSelector=!!',
      'fieldSelector=%3D',
      'resourceVersionMatch=x',
      'continue=%ff',
      'fieldManager=%00',
      'x=%zz',
      'propagationPolicy=x',
      'gracePeriodSeconds=x',
      'dryRun=',
      'pretty=x',
      'sendInitialEvents=true&watch=1&timeoutSeconds=1',
    ]
    const paths = [
      '/api/v1/namespaces/default/configmaps/%2e%2e',
      '/api/v1/namespaces/%00/pods',
      '/api/v1/namespaces//pods',
      '//api',
      '/api/v1/pods/%',
      '/apis/apps/v1/namespaces/default/deployments/x/scale',
      '/api/v1/namespaces/default/pods/x/log?tailLines=-1',
      '/api/v1/namespaces/default/pods/x/exec',
      '/api/v1/watch/pods?timeoutSeconds=1',
      '/api/v1/namespaces/default/pods/x/eviction',
      '/api/v1/namespaces/default/serviceaccounts/default/token',
    ]
    const requests: [string, Send][] = []
    for (const body of bodies)
      for (const type of types) {
        const headers = type ? { 'content-type': type } : {}
        requests.push([configMaps, { method: 'POST', headers, body }], [`${configMaps}/taken`, { method: 'PUT', headers, body }])
        requests.push(
          [`${configMaps}/taken`, { method: 'PATCH', headers, body }],
          [`${configMaps}/nosuch`, { method: 'DELETE', headers, body }],
        )
      }
    for (const each of query)
      for (const method of ['GET', 'DELETE', 'POST']) requests.push([`${configMaps}?${each}`, { method, headers: json }])
    for (const path of paths)
      for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'HEAD'])
        requests.push([path, { method }])
    const upgrade = { connection: 'upgrade', upgrade: 'nonsense', 'sec-websocket-key': 'x' }
    for (const path of [...paths, configMaps]) requests.push([path, { headers: upgrade }])
    const bad: string[] = []
    const trySend = async ([path, options]: readonly [string, Send]): Promise<void> => {
      const said = await send(path, options).then(
        ({ code, text }) => (code >= 500 ? `${code} ${text}` : undefined),
        (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? error.message : undefined),
      )
      if (said)
        bad.push(
          `${options.method ?? 'GET'} ${path} ${JSON.stringify(options.headers ?? {})} ${`${options.body ?? ''}`.slice(0, 80)}: ${said.slice(0, 300)}`,
        )
    }
    for (let at = 0; at < requests.length; at += 16) await Promise.all(requests.slice(at, at + 16).map(trySend))
    assert.deepEqual(bad, [])
    assert.equal(await kubectl().ok('get --raw /readyz'), 'ok')
  })
})
