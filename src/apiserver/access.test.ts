import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, HandClock, startTestServer, type TestServer } from './testing.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const accounts = '/api/v1/namespaces/default/serviceaccounts'

describe('who you are', () => {
  let api: TestServer
  const clock = new HandClock()
  before(async () => {
    api = await startTestServer({ clock })
  })
  after(() => api.stop())

  const unauthorized = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' }
  const tokenOf = async (name: string, spec: object = {}): Promise<string> => {
    await api.admin('POST', accounts, { metadata: { name } })
    const { code, body } = await api.admin('POST', `${accounts}/${name}/token`, { spec })
    assert.equal(code, 201)
    return body.status.token
  }

  it('is anonymous to whoever shows nothing: may see /version, and is refused objects with 403', async () => {
    assert.equal((await api.anonymous('GET', '/version')).code, 200)
    const message =
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"'
    assertRefused(await api.anonymous('GET', configMaps), { code: 403, reason: 'Forbidden', message })
  })

  it('is nobody with a token that nobody knows, even where everybody may look', async () => {
    for (const token of ['x', 'a.b.c']) assertRefused(await api.withToken(token)('GET', '/version'), unauthorized)
  })

  it('is nobody with a certificate of another authority', async () => {
    assertRefused(await api.stranger('GET', '/version'), unauthorized)
  })

  it('is a user and groups by a client certificate', async () => {
    const message =
      'namespaces "x" is forbidden: User "nobody" cannot get resource "namespaces" in API group "" in the namespace "x"'
    assertRefused(await api.nobody('GET', '/api/v1/namespaces/x'), { code: 403, reason: 'Forbidden', message })
  })

  describe('by a token of a service account', () => {
    it('is that service account', async () => {
      const reply = await api.withToken(await tokenOf('robot'))('GET', configMaps)
      assertRefused(reply, {
        code: 403,
        reason: 'Forbidden',
        message: /^configmaps is forbidden: User "system:serviceaccount:default:robot" cannot list/,
      })
    })

    it('is recognised by others through the published keys', async () => {
      const robot = api.withToken(await tokenOf('reader'))
      const { body } = await robot('GET', '/.well-known/openid-configuration')
      assert.equal(body.issuer, 'https://kubernetes.default.svc.cluster.local')
      const keys = await robot('GET', new URL(body.jwks_uri).pathname)
      assert.deepEqual([keys.body.keys[0].kty, keys.body.keys[0].alg, keys.body.keys[0].d], ['EC', 'ES256', undefined])
      assert.equal((await api.anonymous('GET', '/openid/v1/jwks')).code, 403)
    })

    it('answers a TokenRequest with what was granted', async () => {
      await tokenOf('asker')
      const { body } = await api.admin('POST', `${accounts}/asker/token`, { spec: { expirationSeconds: 1200 } })
      assert.deepEqual([body.kind, body.apiVersion, body.metadata.name], ['TokenRequest', 'authentication.k8s.io/v1', 'asker'])
      assert.equal(body.spec.expirationSeconds, 1200)
      assert.deepEqual(body.spec.audiences, ['https://kubernetes.default.svc.cluster.local'])
      assert.equal(Date.parse(body.status.expirationTimestamp), clock.now().getTime() + 1_200_000)
    })

    it('ends with its time', async () => {
      const as = api.withToken(await tokenOf('short', { expirationSeconds: 600 }))
      assert.equal((await as('GET', '/version')).code, 200)
      clock.pass(601_000)
      assertRefused(await as('GET', '/version'), unauthorized)
    })

    it('ends with the account', async () => {
      const as = api.withToken(await tokenOf('leaver'))
      assert.equal((await as('GET', '/version')).code, 200)
      await api.admin('DELETE', `${accounts}/leaver`)
      assertRefused(await as('GET', '/version'), unauthorized)
    })

    it('is good for no other audience', async () => {
      assertRefused(await api.withToken(await tokenOf('outside', { audiences: ['vault'] }))('GET', '/version'), unauthorized)
    })

    it('is not given for too short a time, nor for an account that is not there', async () => {
      const short = await api.admin('POST', `${accounts}/robot/token`, { spec: { expirationSeconds: 5 } })
      assertRefused(short, {
        code: 422,
        reason: 'Invalid',
        message: /spec\.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes/,
      })
      const none = await api.admin('POST', `${accounts}/none/token`, {})
      assertRefused(none, { code: 404, reason: 'NotFound', message: 'serviceaccounts "none" not found' })
    })
  })
})

describe('who you are taken for', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  const as = (headers: Record<string, string | string[]>, path = configMaps) =>
    api.admin('GET', path, undefined, headers as Record<string, string>)

  it('is whom you name, if you may impersonate', async () => {
    const message =
      'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"'
    assertRefused(await as({ 'impersonate-user': 'jane' }), { code: 403, reason: 'Forbidden', message })
    assert.equal((await as({ 'impersonate-user': 'jane' }, '/api')).code, 200, 'with system:authenticated')
    assert.equal((await as({ 'impersonate-user': 'jane', 'impersonate-group': ['a, b', 'system:masters'] })).code, 200)
    assert.equal((await as({ 'impersonate-user': 'system:anonymous' }, '/api')).code, 403)
  })

  it('is refused to those who may not', async () => {
    const user = await api.nobody('GET', '/version', undefined, { 'impersonate-user': 'jane' })
    assertRefused(user, {
      code: 403,
      reason: 'Forbidden',
      message:
        'users "jane" is forbidden: User "nobody" cannot impersonate resource "users" in API group "" at the cluster scope',
    })
    const robot = await api.nobody('GET', '/version', undefined, { 'impersonate-user': 'system:serviceaccount:a:b' })
    assertRefused(robot, {
      code: 403,
      reason: 'Forbidden',
      message:
        'serviceaccounts "b" is forbidden: User "nobody" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "a"',
    })
  })

  it('is nobody without a name', async () => {
    assertRefused(await as({ 'impersonate-group': 'x' }), {
      code: 400,
      reason: 'BadRequest',
      message: 'requested x without impersonating a user',
    })
  })
})

describe('what you may', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', configMaps, configMap('a'))
  })
  after(() => api.stop())

  const grant = (name: string, rules: object[]) => {
    const at = `${rbac}/namespaces/default`
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'nobody' }]
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }
    return Promise.all([
      api.admin('POST', `${at}/roles`, { metadata: { name }, rules }),
      api.admin('POST', `${at}/rolebindings`, { metadata: { name }, subjects, roleRef }),
    ])
  }
  const revoke = (name: string) => api.admin('DELETE', `${rbac}/namespaces/default/rolebindings/${name}`)

  it('is nothing without a role', async () => {
    const refusals: [string, string, string][] = [
      [
        'GET',
        `${configMaps}/a`,
        'configmaps "a" is forbidden: User "nobody" cannot get resource "configmaps" in API group "" in the namespace "default"',
      ],
      [
        'POST',
        configMaps,
        'configmaps is forbidden: User "nobody" cannot create resource "configmaps" in API group "" in the namespace "default"',
      ],
      [
        'DELETE',
        configMaps,
        'configmaps is forbidden: User "nobody" cannot deletecollection resource "configmaps" in API group "" in the namespace "default"',
      ],
      [
        'GET',
        '/api/v1/nodes',
        'nodes is forbidden: User "nobody" cannot list resource "nodes" in API group "" at the cluster scope',
      ],
      [
        'GET',
        '/apis/apps/v1/deployments?watch=1',
        'deployments.apps is forbidden: User "nobody" cannot watch resource "deployments" in API group "apps" at the cluster scope',
      ],
      [
        'GET',
        '/api/v1/namespaces/default/pods/p/log',
        'pods "p" is forbidden: User "nobody" cannot get resource "pods/log" in API group "" in the namespace "default"',
      ],
      ['GET', '/metrics', 'forbidden: User "nobody" cannot get path "/metrics"'],
      [
        'GET',
        '/api/v1/namespaces/default/nonsense/%3Cx%3E',
        'nonsense "<x>" is forbidden: User "nobody" cannot get resource "nonsense" in API group "" in the namespace "default"',
      ],
    ]
    for (const [method, path, message] of refusals)
      assertRefused(await api.nobody(method, path), { code: 403, reason: 'Forbidden', message })
  })

  it('tells whom it refused what', async () => {
    const { body } = await api.nobody('GET', '/apis/apps/v1/namespaces/default/deployments/web')
    assert.deepEqual(body.details, { name: 'web', group: 'apps', kind: 'deployments' })
  })

  it('is what a role in the namespace says, from the moment it is bound', async () => {
    await grant('reader', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }])
    assert.equal((await api.nobody('GET', `${configMaps}/a`)).code, 200)
    assert.equal((await api.nobody('GET', configMaps)).code, 200)
    assert.equal((await api.nobody('POST', configMaps, configMap('b'))).code, 403)
    assert.equal((await api.nobody('GET', '/api/v1/namespaces/kube-system/configmaps')).code, 403)
    assert.equal((await api.nobody('GET', '/api/v1/configmaps')).code, 403)
    await revoke('reader')
    assert.equal((await api.nobody('GET', configMaps)).code, 403)
  })

  it('may be one name only, also in a list', async () => {
    await grant('one', [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['a'], verbs: ['get', 'list'] }])
    assert.equal((await api.nobody('GET', `${configMaps}/a`)).code, 200)
    assert.equal((await api.nobody('GET', `${configMaps}/b`)).code, 403)
    assert.equal((await api.nobody('GET', `${configMaps}?fieldSelector=metadata.name%3Da`)).code, 200)
    assert.equal((await api.nobody('GET', configMaps)).code, 403)
    await revoke('one')
  })

  it('opens a door only to those who may go through it', async () => {
    await grant('doors', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] }])
    const scale = '/apis/apps/v1/namespaces/default/deployments/none/scale'
    assert.equal((await api.nobody('GET', scale)).code, 403)
    await revoke('doors')
    await grant('scalers', [{ apiGroups: ['apps'], resources: ['*/scale'], verbs: ['get'] }])
    assert.equal((await api.nobody('GET', scale)).code, 404)
    await revoke('scalers')
  })

  it('is everything for system:masters', async () => {
    assert.equal((await api.admin('GET', '/api/v1/nodes')).code, 200)
  })
})
