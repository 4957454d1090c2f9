import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, type Reply, startTestServer, type TestServer } from '#apiserver/testing.ts'

const yaml = { 'content-type': 'application/apply-patch+yaml' }

describe('server-side apply refuses', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  beforeEach(() => api.admin('DELETE', `${configMaps}/a`))
  after(() => api.stop())

  const map = configMap('a')
  const apply = (path: string, body: unknown): Promise<Reply> => api.admin('PATCH', `${path}?fieldManager=me`, body, yaml)
  const refusal = async (body: unknown, message: string | RegExp, query = 'fieldManager=me', code = 400): Promise<void> => {
    const reply = await api.admin('PATCH', `${configMaps}/a?${query}`, body, yaml)
    assertRefused(reply, { code, reason: code === 400 ? 'BadRequest' : code === 422 ? 'Invalid' : 'Conflict', message })
  }

  it('an applier without a name', () =>
    refusal(map, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch', '', 422))

  it('force for other patches', async () => {
    const reply = await api.admin('PATCH', `${configMaps}/a?force=true`, {})
    const message = 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch'
    assertRefused(reply, { code: 422, reason: 'Invalid', message })
  })

  it('another type, and none', async () => {
    await refusal({ ...map, kind: 'Secret' }, 'invalid object type: /v1, Kind=Secret')
    await refusal({ ...map, apiVersion: 'apps/v2' }, 'invalid object type: apps/v2, Kind=ConfigMap')
    await refusal('', 'invalid object type: /, Kind=')
  })

  it('managedFields', () => refusal({ ...map, metadata: { name: 'a', managedFields: [] } }, 'metadata.managedFields must be nil'))

  it('fields that there are not, and values of another type', async () => {
    await refusal(
      { ...map, dada: {} },
      'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .dada: field not declared in schema',
    )
    await refusal({ ...map, data: { key: 1 } }, /: \.data\.key: expected string, got &value\.valueUnstructured\{Value:1\}$/)
    await refusal({ ...map, data: 'x' }, /: \.data: expected map, got &\{x\}$/)
    await refusal(
      { ...map, immutable: 'x', metadata: [] },
      /: errors:\n {2}\.metadata: expected map, got &\{\[\]\}\n {2}\.immutable: expected boolean, got &\{x\}$/,
    )
  })

  it('items that occur twice', async () => {
    const ports = [{ port: 80 }, { port: 80, protocol: 'TCP' }]
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports } }
    const reply = await apply('/api/v1/namespaces/default/services/s', service)
    assert.match(reply.body.message, /\.spec\.ports: duplicate entries for key \[port=80,protocol="TCP"\]$/)
  })

  it('what is no YAML, and no object', async () => {
    await refusal('a: b: c', /^error encoding patch: yaml: line 1: /)
    await refusal('[1]', /^error decoding patch: .*cannot unmarshal array into Go value of type map\[string\]interface \{\}$/)
  })

  it('another name, namespace, uid or resourceVersion', async () => {
    await refusal(configMap('b'), 'the name of the object (b) does not match the name on the URL (a)')
    const elsewhere = { ...map, metadata: { name: 'a', namespace: 'kube-system' } }
    await refusal(elsewhere, 'the namespace of the provided object does not match the namespace sent on the request')
    const uid = { ...map, metadata: { name: 'a', uid: 'u' } }
    const message =
      'Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid u, and no existing object was found'
    await refusal(uid, message, 'fieldManager=me', 409)
    await apply(`${configMaps}/a`, map)
    const immutable = 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "u": field is immutable'
    await refusal(uid, immutable, 'fieldManager=me', 422)
    const old = { ...map, metadata: { name: 'a', resourceVersion: '1' } }
    await refusal(old, /the object has been modified/, 'fieldManager=me', 409)
  })

  it('a key that occurs twice, where strictness is asked for; else it warns', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: "1"\n  a: "2"\n'
    const problem = 'error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key "a" already set in map'
    await refusal(text, `error strict decoding patch: ${problem}`, 'fieldManager=me&fieldValidation=Strict')
    const { code, headers } = await apply(`${configMaps}/a`, text)
    assert.equal(code, 201)
    assert.match(String(headers.warning), /key \\"a\\" already set in map/)
  })

  it('who may patch, but not make, an object that is not there', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'get'] }]
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
    await api.admin('POST', `${rbac}/roles`, { metadata: { name: 'patcher' }, rules })
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'patcher' }
    const subjects = [{ kind: 'User', name: 'nobody', apiGroup: 'rbac.authorization.k8s.io' }]
    await api.admin('POST', `${rbac}/rolebindings`, { metadata: { name: 'patcher' }, roleRef, subjects })
    const asNobody = (): Promise<Reply> => api.nobody('PATCH', `${configMaps}/a?fieldManager=me`, map, yaml)
    const reply = await asNobody()
    const message =
      'configmaps "a" is forbidden: User "nobody" cannot create resource "configmaps" in API group "" in the namespace "default"'
    assertRefused(reply, { code: 403, reason: 'Forbidden', message })
    await apply(`${configMaps}/a`, map)
    assert.equal((await asNobody()).code, 200)
  })
})
