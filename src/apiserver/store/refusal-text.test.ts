import assert from 'node:assert/strict'
import { startTestServer, type TestServer } from '#apiserver/testing.ts'

const pods = '/api/v1/namespaces/default/pods'

describe('the text of a refusal', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', account)
  })
  after(() => api.stop())

  const refuse = async (name: string, spec: object): Promise<Record<string, unknown>> => {
    const { code, body } = await api.admin('POST', pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { automountServiceAccountToken: false, ...spec },
    })
    assert.equal(code, 422)
    return body
  }

  it('is upstream’s as a whole: one cause stands by itself', async () => {
    assert.deepEqual(await refuse('x', { containers: [{ name: '', image: 'i' }] }), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Pod "x" is invalid: spec.containers[0].name: Required value',
      reason: 'Invalid',
      details: {
        name: 'x',
        kind: 'Pod',
        causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers[0].name' }],
      },
      code: 422,
    })
  })

  it('lists several causes in brackets, in upstream’s order', async () => {
    const spec = {
      volumes: [{ name: 'v', secret: {} }],
      containers: [{ name: '', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      restartPolicy: 'X',
    }
    const { message } = await refuse('x', spec)
    assert.equal(
      message,
      'Pod "x" is invalid: [spec.volumes[0].secret.secretName: Required value, spec.containers[0].name: Required value, spec.containers[0].image: Required value, spec.containers[0].volumeMounts[0].name: Not found: "v", spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"]',
    )
  })

  it('says once what is wrong twice, though both causes are listed', async () => {
    const container = { name: 'a', image: 'i', resizePolicy: [{ resourceName: 'cpu' }, { resourceName: 'memory' }] }
    const { message, details } = await refuse('x', { containers: [container] })
    assert.equal(message, 'Pod "x" is invalid: spec.containers[0].resizePolicy: Required value')
    assert.equal((details as { causes: unknown[] }).causes.length, 2)
  })

  it('is about the object’s finalizers too, unless it is a custom resource', async () => {
    const metadata = { name: 'x', finalizers: ['mine'] }
    const { body } = await api.admin('POST', '/api/v1/namespaces/default/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
    })
    assert.equal(
      body.message,
      'ConfigMap "x" is invalid: metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    )
  })
})
