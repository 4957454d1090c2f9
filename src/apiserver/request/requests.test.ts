import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, startTestServer, type TestServer } from '#apiserver/testing.ts'

describe('every answer', () => {
  it('bears the Audit-ID that its request came with, or one of its own', async () => {
    const api = await startTestServer()
    assert.equal((await api.admin('GET', '/version', undefined, { 'audit-id': 'mine' })).headers['audit-id'], 'mine')
    assert.match(String((await api.admin('GET', '/version')).headers['audit-id']), /^[0-9a-f]{8}-/)
    await api.stop()
  })
})

describe('requests that make no sense', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', configMaps, configMap('a'))
  })
  after(() => api.stop())

  const notFound = { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' }
  const notAllowed = {
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  }

  it('ask for a resource, a door or a place that there is not', async () => {
    const paths = [
      '/api/v1/foos',
      '/api/v1/namespaces/default/foos/x',
      '/apis/apps/v1/pods',
      `${configMaps}/a/scale`,
      `${configMaps}/a/toString`,
    ]
    const places = [
      '/api/v1/namespaces/default/nodes',
      '/api/v1/pods/x',
      '/api/v1/configmaps/a/status',
      '/api/v1/constructor',
      '/api/v1/__proto__',
    ]
    for (const path of [...paths, ...places]) assertRefused(await api.admin('GET', path), notFound)
  })

  it('ask for a path that there is not, and are told in plain text', async () => {
    const paths = [
      '/nothing',
      '/api/v9/pods',
      '/apis/none/v1/pods',
      '//api/v1//pods',
      '/api/v1/namespaces//configmaps',
      '/apis//v1/pods',
      '/livez/none',
      '/apis/a/b/c/d/e/f/g',
    ]
    for (const path of paths) {
      const { code, text, headers } = await api.admin('GET', path)
      assert.deepEqual(
        [path, code, text, headers['content-type']],
        [path, 404, '404 page not found\n', 'text/plain; charset=utf-8'],
      )
    }
  })

  it('ask for it in a way that is not taken', async () => {
    const requests = ['PUT', 'PATCH'].map(method => [method, configMaps])
    requests.push(
      ['POST', `${configMaps}/a`],
      ['POST', '/api/v1/configmaps'],
      ['DELETE', '/api/v1/configmaps'],
      ['OPTIONS', configMaps],
      ['TRACE', `${configMaps}/a`],
      ['POST', '/version'],
    )
    for (const [method, path] of requests) assertRefused(await api.admin(method!, path!, {}), notAllowed)
    assert.equal((await api.admin('HEAD', `${configMaps}/a`)).code, 405)
    assert.equal((await api.admin('HEAD', '/version')).code, 200)
  })

  it('escape their paths oddly', async () => {
    assertRefused(await api.admin('GET', `${configMaps}/%2e%2e`), {
      code: 404,
      reason: 'NotFound',
      message: 'configmaps ".." not found',
    })
    assertRefused(await api.admin('GET', `${configMaps}/a%00`), {
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "a\0" not found',
    })
    assertRefused(await api.admin('GET', `${configMaps}/a%2Fb`), notFound)
    for (const escaped of ['%zz', '%', '%ff', '%C3%28'])
      assert.equal((await api.admin('GET', `${configMaps}/${escaped}`)).code, 400, escaped)
    assert.equal((await api.admin('GET', `${configMaps}/%61`)).body.metadata.name, 'a')
    assert.equal((await api.admin('GET', `${configMaps}/`)).body.kind, 'ConfigMapList')
  })

  it('reach no other namespace by an escaped slash', async () => {
    const secrets = '/api/v1/namespaces/kube-system/secrets'
    await api.admin('POST', secrets, { metadata: { name: 's' } })
    assert.equal((await api.admin('GET', '/api/v1/namespaces/kube-system%2Fsecrets/s')).code, 200)
    assertRefused(await api.nobody('GET', '/api/v1/namespaces/kube-system%2Fsecrets/s'), {
      code: 403,
      reason: 'Forbidden',
      message:
        'secrets "s" is forbidden: User "nobody" cannot get resource "secrets" in API group "" in the namespace "kube-system"',
    })
  })

  it('have numbers in their query that are none', async () => {
    const queries: [string, string][] = [
      ['limit=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
      ['limit=', 'strconv.ParseInt: parsing "": invalid syntax'],
      ['limit=1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
      ['limit=99999999999999999999', 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
      ['timeoutSeconds=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ]
    for (const [query, message] of queries)
      assertRefused(await api.admin('GET', `${configMaps}?${query}`), { code: 400, reason: 'BadRequest', message })
    assert.equal((await api.admin('GET', `${configMaps}?limit=-1&timeoutSeconds=-1`)).code, 200)
    assert.equal((await api.admin('GET', `${configMaps}?watch=1&timeoutSeconds=-1`)).code, 200)
  })

  it('have selectors that cannot be read', async () => {
    const queries: [string, string][] = [
      ['labelSelector=a%3D%3Db%3D%3Dc', "found '==', expected: ',' or 'end of string'"],
      ['labelSelector=!!', "unable to parse requirement: found '!', expected: identifier"],
      ['fieldSelector=foo', "invalid selector: 'foo'; can't understand 'foo'"],
      ['fieldSelector=spec.x%3Dy', '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ]
    for (const [query, message] of queries)
      assertRefused(await api.admin('GET', `${configMaps}?${query}`), { code: 400, reason: 'BadRequest', message })
    const pods = await api.admin('GET', '/api/v1/pods?fieldSelector=spec.x%3Dy')
    assertRefused(pods, { code: 400, reason: 'BadRequest', message: 'field label not supported: spec.x' })
  })

  it('have a resourceVersion that is none', async () => {
    for (const version of ['x', '-1', '1.5'])
      for (const path of [`${configMaps}?`, `${configMaps}?watch=1&`]) {
        const message = `configmaps "" is invalid: resourceVersion: Invalid value: "${version}": strconv.ParseUint: parsing "${version}": invalid syntax`
        assertRefused(await api.admin('GET', `${path}resourceVersion=${version}`), { code: 422, reason: 'Invalid', message })
      }
  })

  it('have list options that contradict themselves', async () => {
    const queries: [string, string][] = [
      [
        'resourceVersionMatch=Exact',
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      ],
      [
        'resourceVersion=1&resourceVersionMatch=X',
        'resourceVersionMatch: Unsupported value: "X": supported values: "Exact", "NotOlderThan", ""',
      ],
      [
        'resourceVersion=0&resourceVersionMatch=Exact',
        'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ],
      ['sendInitialEvents=false', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
    ]
    for (const [query, message] of queries)
      assertRefused(await api.admin('GET', `${configMaps}?${query}`), {
        code: 422,
        reason: 'Invalid',
        message: `ListOptions.meta.k8s.io "" is invalid: ${message}`,
      })
  })

  it('have write options that there are not, and store nothing', async () => {
    const queries: [string, string][] = [
      ['dryRun=x', 'dryRun: Unsupported value: ["x"]: supported values: "All"'],
      ['fieldValidation=x', 'fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"'],
      [`fieldManager=${'x'.repeat(129)}`, 'fieldManager: Too long: may not be more than 128 bytes'],
      ['fieldManager=a%07', 'fieldManager: Invalid value: "a\\a": invalid character U+0007 (at position 1)'],
    ]
    for (const [query, message] of queries) {
      const created = await api.admin('POST', `${configMaps}?${query}`, configMap('never'))
      assertRefused(created, { code: 422, reason: 'Invalid', message: `CreateOptions.meta.k8s.io "" is invalid: ${message}` })
      const updated = await api.admin('PUT', `${configMaps}/a?${query}`, configMap('a'))
      assertRefused(updated, { code: 422, reason: 'Invalid', message: `UpdateOptions.meta.k8s.io "" is invalid: ${message}` })
    }
    assert.equal((await api.admin('GET', `${configMaps}/never`)).code, 404)
  })
})
