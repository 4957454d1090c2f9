import assert from 'node:assert/strict'
import { configMap, configMaps, type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'

const group = '/apis/admissionregistration.k8s.io/v1'

describe('a ValidatingAdmissionPolicy', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  const made: string[] = []
  const make = async (path: string, object: object): Promise<Loose> => {
    const { code, body } = await api.admin('POST', path, object)
    assert.equal(code, 201, JSON.stringify(body))
    made.push(`${path}/${body.metadata.name}`)
    return body
  }
  afterEach(async () => {
    for (const path of made.splice(0)) await api.admin('DELETE', path)
  })

  /** A policy about ConfigMaps in the namespace default, and a binding of it. */
  const bind = async (spec: object, binding: object = {}): Promise<void> => {
    await make(`${group}/validatingadmissionpolicies`, {
      metadata: { name: 'p' },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['configmaps'] },
          ],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
        },
        ...spec,
      },
    })
    await make(`${group}/validatingadmissionpolicybindings`, {
      metadata: { name: 'b' },
      spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
    })
  }
  const create = (data: object, metadata: object = {}): ReturnType<TestServer['admin']> =>
    api.admin('POST', configMaps, configMap('x', metadata, data))

  it('refuses what breaks a validation, in upstream’s words', async () => {
    await bind({
      variables: [
        { name: 'keys', expression: 'object.data.map(key, key)' },
        { name: 'count', expression: 'variables.keys.size()' },
      ],
      matchConditions: [{ name: 'no-deletion', expression: "request.operation != 'DELETE'" }],
      validations: [
        { expression: 'variables.count < 3', messageExpression: "'too many: ' + variables.keys.join(',')" },
        { expression: "object.data.?a.orValue('') != 'bad'", message: 'a is bad', reason: 'Forbidden' },
        { expression: "namespaceObject.metadata.name == 'default' && request.userInfo.username == 'kubernetes-admin'" },
        { expression: "!has(object.data.b) || object.data.c == 'x'" },
      ],
    })
    const { code, body } = await create({ a: '', d: '', e: '' })
    const why = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: too many: a,d,e"
    assert.equal(code, 422)
    assert.deepEqual(body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `configmaps "x" is forbidden: ${why}`,
      reason: 'Invalid',
      details: { name: 'x', kind: 'configmaps', causes: [{ message: why }] },
      code: 422,
    })
    const forbidden = await create({ a: 'bad' })
    assert.deepEqual([forbidden.code, forbidden.body.reason], [403, 'Forbidden'])
    assert.match((await create({ b: '' })).body.message, /resulted in error: no such key: c$/)
    assert.equal((await create({ a: 'good' })).code, 201)
    assert.equal((await api.admin('PATCH', `${configMaps}/x`, { data: { a: 'bad' } }, merge)).code, 403)
    assert.equal((await api.admin('DELETE', `${configMaps}/x`)).code, 200)
    assert.equal(
      (await api.admin('POST', '/api/v1/namespaces/kube-system/configmaps', configMap('x', {}, { a: 'bad' }))).code,
      201,
    )
  })
  const merge = { 'content-type': 'application/merge-patch+json' }

  it('is evaluated with the parameters of its binding', async () => {
    await make(configMaps, configMap('limits', { labels: { of: 'limits' } }, { most: '2' }))
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'object == null || params == null || size(object.data) <= int(params.data.most)' }],
    }
    await bind(spec, { paramRef: { selector: { matchLabels: { of: 'limits' } }, parameterNotFoundAction: 'Deny' } })
    assert.equal((await create({ a: '', b: '', c: '' })).code, 422)
    assert.equal((await create({ a: '', b: '' })).code, 201)
    assert.equal((await api.admin('DELETE', `${configMaps}/limits`)).code, 200)
    assert.match(
      (await api.admin('PATCH', `${configMaps}/x`, { data: { c: '' } }, merge)).body.message,
      /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
    )
    made.push(`${configMaps}/x`)
  })

  it('may ask what the user may do', async () => {
    await bind({
      validations: [
        {
          expression:
            "authorizer.requestResource.check('delete').allowed() && !authorizer.serviceAccount('default', 'default').group('').resource('secrets').namespace('default').check('get').allowed()",
        },
      ],
    })
    assert.equal((await create({})).code, 201)
    made.push(`${configMaps}/x`)
  })

  it('warns instead, or lets through, as its binding and its failure policy want', async () => {
    await bind({ validations: [{ expression: 'false', message: 'never' }] }, { validationActions: ['Warn', 'Audit'] })
    const { code, headers } = await create({})
    assert.equal(code, 201)
    assert.equal(headers.warning, `299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': never"`)
    made.push(`${configMaps}/x`)
    await api.admin('DELETE', `${configMaps}/x`)
    await api.admin(
      'PATCH',
      `${group}/validatingadmissionpolicies/p`,
      { spec: { failurePolicy: 'Ignore', validations: [{ expression: 'object.data.none == 1' }] } },
      merge,
    )
    assert.equal((await create({})).code, 201)
  })

  it('is refused where it makes no sense, whatever it is', async () => {
    const matchConstraints = { resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }] }
    const bad = [
      { variables: [null] },
      { validations: [null] },
      { validations: [{ expression: 5 }] },
      { matchConditions: [null] },
      { auditAnnotations: [null] },
      { variables: [{ name: 'a', expression: '('.repeat(100_000) }] },
      { validations: [{ expression: 'variables.constructor == 1' }] },
      { matchConstraints: { ...matchConstraints, namespaceSelector: { matchExpressions: [null] } } },
    ]
    for (const spec of bad) {
      const { code, body } = await api.admin('POST', `${group}/validatingadmissionpolicies`, {
        metadata: { name: 'bad' },
        spec: { matchConstraints, validations: [{ expression: 'true' }], ...spec },
      })
      assert.ok(code === 400 || code === 422, JSON.stringify([spec, body]).slice(0, 500))
    }
  })

  it('is not about policies, so that a bad one can be taken away', async () => {
    const everything = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }
    await bind({ matchConstraints: { resourceRules: [everything] }, validations: [{ expression: 'false' }] })
    assert.equal((await create({})).code, 422)
    assert.equal((await api.admin('DELETE', `${group}/validatingadmissionpolicies/p`)).code, 200)
    assert.equal((await create({})).code, 201)
    made.push(`${configMaps}/x`)
  })
})
