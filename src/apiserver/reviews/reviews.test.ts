import assert from 'node:assert/strict'
import { assertRefused, startTestServer, type TestServer } from '#apiserver/testing.ts'

const authorization = '/apis/authorization.k8s.io/v1'
const authentication = '/apis/authentication.k8s.io/v1'
const pods = { namespace: 'default', verb: 'list', resource: 'pods' }
const allowed = { allowed: true, reason: 'RBAC: allowed by RoleBinding "reader/default" of Role "reader" to User "nobody"' }

describe('reviews', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
    await api.admin('POST', `${rbac}/roles`, {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    })
    await api.admin('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'nobody' }],
    })
  })
  after(() => api.stop())

  it('tell the sender what he may do, as a real request would be judged', async () => {
    const ask = async (resourceAttributes: object): Promise<unknown> => {
      const { code, body } = await api.nobody('POST', `${authorization}/selfsubjectaccessreviews`, {
        spec: { resourceAttributes },
      })
      assert.equal(code, 201)
      return body.status
    }
    assert.deepEqual(await ask(pods), allowed)
    assert.deepEqual(await ask({ ...pods, namespace: 'kube-system' }), { allowed: false })
    assert.deepEqual(await ask({ ...pods, verb: 'delete' }), { allowed: false })
    assert.equal((await api.nobody('GET', '/api/v1/namespaces/default/pods')).code, 200)
  })

  it('tell an administrator what others may do, and nobody else', async () => {
    const spec = { user: 'nobody', resourceAttributes: pods }
    const { body } = await api.admin('POST', `${authorization}/subjectaccessreviews`, { spec })
    assert.deepEqual(body.status, allowed)
    const path = { user: 'somebody', groups: ['system:authenticated'], nonResourceAttributes: { verb: 'get', path: '/version' } }
    const open = await api.admin('POST', `${authorization}/subjectaccessreviews`, { spec: path })
    assert.deepEqual(open.body.status, {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    })
    assert.equal((await api.nobody('POST', `${authorization}/subjectaccessreviews`, { spec })).code, 403)
    const local = `${authorization}/namespaces/default/localsubjectaccessreviews`
    assert.deepEqual((await api.admin('POST', local, { spec })).body.status, allowed)
  })

  it('list the rules that hold for the sender in a namespace', async () => {
    const { body } = await api.nobody('POST', `${authorization}/selfsubjectrulesreviews`, { spec: { namespace: 'default' } })
    assert.deepEqual(
      body.status.resourceRules.find(({ resources }: { resources: string[] }) => resources.includes('pods')),
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    )
    assert.ok(
      body.status.nonResourceRules.some((rule: { nonResourceURLs: string[] }) => rule.nonResourceURLs.includes('/version')),
    )
  })

  it('tell who the sender is, and whose a token is', async () => {
    const { body } = await api.nobody('POST', `${authentication}/selfsubjectreviews`, {})
    const { extra, ...userInfo } = body.status.userInfo
    assert.deepEqual(userInfo, { username: 'nobody', groups: ['strangers', 'system:authenticated'] })
    assert.match(extra['authentication.kubernetes.io/credential-id'][0], /^X509SHA256=[0-9a-f]{64}$/)
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } })
    const made = await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', { spec: {} })
    const { token } = made.body.status
    const known = await api.admin('POST', `${authentication}/tokenreviews`, { spec: { token } })
    assert.equal(known.body.status.user.username, 'system:serviceaccount:default:robot')
    const unknown = await api.admin('POST', `${authentication}/tokenreviews`, { spec: { token: 'a.b.c' } })
    assert.deepEqual(unknown.body.status, { error: 'invalid bearer token' })
    const issuer = 'https://kubernetes.default.svc.cluster.local'
    assert.deepEqual(known.body.status.audiences, [issuer])
    const elsewhere = await api.admin('POST', `${authentication}/tokenreviews`, { spec: { token, audiences: ['vault'] } })
    assert.deepEqual(elsewhere.body.status, { error: 'invalid bearer token' })
    const either = await api.admin('POST', `${authentication}/tokenreviews`, { spec: { token, audiences: ['vault', issuer] } })
    assert.deepEqual(either.body.status.audiences, [issuer])
  })

  it('are no tables', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const review = { spec: { resourceAttributes: pods } }
    const ask = (accepted: string) => api.admin('POST', `${authorization}/selfsubjectaccessreviews`, review, { accept: accepted })
    assert.equal((await ask(accept)).code, 406)
    assert.equal((await ask(`${accept},application/json`)).body.kind, 'SelfSubjectAccessReview')
  })

  it('refuse a question that asks nothing at all', async () => {
    const refusals = [
      [`${authentication}/tokenreviews`, 400, 'BadRequest', 'token is required for TokenReview in authentication'],
      [`${authorization}/selfsubjectrulesreviews`, 400, 'BadRequest', 'no namespace on request'],
      [`${authorization}/selfsubjectaccessreviews`, 422, 'Invalid', /exactly one of nonResourceAttributes or resourceAttributes/],
    ] as const
    for (const [path, code, reason, message] of refusals)
      assertRefused(await api.admin('POST', path, {}), { code, reason, message })
  })

  it('refuse a question about nothing, or about nobody', async () => {
    assertRefused(await api.admin('POST', `${authorization}/selfsubjectaccessreviews`, { spec: {} }), {
      code: 422,
      reason: 'Invalid',
      message: /exactly one of nonResourceAttributes or resourceAttributes must be specified/,
    })
    assertRefused(await api.admin('POST', `${authorization}/subjectaccessreviews`, { spec: { resourceAttributes: pods } }), {
      code: 422,
      reason: 'Invalid',
      message: /spec.user: Invalid value: "": at least one of user or group must be specified/,
    })
  })
})
