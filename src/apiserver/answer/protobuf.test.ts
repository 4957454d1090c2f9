import assert from 'node:assert/strict'
import {
  assertRefused,
  configMap,
  configMaps,
  type Loose,
  type Reply,
  startTestServer,
  type TestServer,
} from '#apiserver/testing.ts'

/** Bodies as Go clients send them, encoded with protobufjs from the .proto files of k8s.io/api v0.36. */
const bodies = {
  configMap:
    'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEk8KJQoIc2V0dGluZ3MSABoAKgBCAFoGCgFhEgFiWgkKBWVtcHR5EgASDQoDa2V5EgZ2w6RsdWUSCQoFZW1wdHkSABoKCgNyYXcSAwD/ECAAGgAiAA==',
  service:
    'azhzAAoNCgJ2MRIHU2VydmljZRJhChEKA3dlYloKCgNhcHASA3dlYhJIChsKBGh0dHASA1RDUBhQIgoIARAAGgRodHRwKAAKEgoFYWRtaW4YUSIHCAAQkT8aABIKCgNhcHASA3dlYiIJQ2x1c3RlcklQGgIKABoAIgA=',
  pod: 'azhzAAoJCgJ2MRIDUG9kEscBChcKAXBqEgoETm9kZRoBbiIBdSoCdjEwARKhAQoHCgF2EgISABJoCgFjEgFpGgFhGgFiOhoKAUUaFQoTCgJ2MRINbWV0YWRhdGEubmFtZUIgCg0KA2NwdRIGCgQ1MDBtCg8KBm1lbW9yeRIFCgMxR2lSFQoREg8KAS8SBAgAEFAiBEhUVFAgB3oFIOgHKAEaBkFsd2F5cygJQgdkZWZhdWx0WACyARYSBkV4aXN0cyIJTm9FeGVjdXRlKKwCGgg6BgiA8tbKBhoAIgA=',
  deployment:
    'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EmUKAwoBZBJeCAASFwoICgNhcHASAWQSCwoBaxIGRXhpc3RzGh0KEVoICgNhcHASAWRaBQoBaxIAEggSBgoBYxIBaSIgCg1Sb2xsaW5nVXBkYXRlEg8KBAgAEAESBwgBGgMyNSU4ARoAIgA=',
  deleteOptions: 'azhzAAoTCgJ2MRINRGVsZXRlT3B0aW9ucxIeCAUSDgoMc29tZW9uZS1lbHNlIgpCYWNrZ3JvdW5kGgAiAA==',
}

describe('protobuf bodies', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  })
  after(() => api.stop())

  const send = (path: string, bytes: Buffer, method = 'POST'): Promise<Reply> =>
    api.admin(method, path, bytes, { 'content-type': 'application/vnd.kubernetes.protobuf' })
  const made = async (path: string, body: keyof typeof bodies): Promise<Loose> => {
    const { code, text, body: object } = await send(path, Buffer.from(bodies[body], 'base64'))
    assert.equal(code, 201, text)
    return object
  }

  it('hold a ConfigMap: empty values stay, and what is not set is left out', async () => {
    const { metadata, data, binaryData } = await made(configMaps, 'configMap')
    assert.deepEqual([metadata.name, metadata.labels, metadata.generateName], ['settings', { a: 'b', empty: '' }, undefined])
    assert.deepEqual([data, binaryData], [{ key: 'välue', empty: '' }, { raw: 'AP8Q' }])
  })

  it('hold a Service: ports by name and by number', async () => {
    const { spec } = await made('/api/v1/namespaces/default/services', 'service')
    assert.deepEqual(spec.ports, [
      { name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' },
      { name: 'admin', protocol: 'TCP', port: 81, targetPort: 8081 },
    ])
    assert.match(spec.clusterIP, /^10\.96\./)
  })

  it('hold a Pod: quantities, probes, volumes and numbers deep inside', async () => {
    const { metadata, spec } = await made('/api/v1/namespaces/default/pods', 'pod')
    assert.deepEqual(metadata.ownerReferences, [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u', controller: true }])
    const [container] = spec.containers
    assert.deepEqual(container.resources.limits, { cpu: '500m', memory: '1Gi' })
    assert.deepEqual(
      [container.livenessProbe.httpGet, container.livenessProbe.periodSeconds],
      [{ path: '/', port: 80, scheme: 'HTTP' }, 7],
    )
    assert.deepEqual([container.command, container.env[0].valueFrom.fieldRef.fieldPath], [['a', 'b'], 'metadata.name'])
    assert.deepEqual(
      [spec.volumes[0], spec.tolerations[0].tolerationSeconds, spec.activeDeadlineSeconds],
      [{ name: 'v', emptyDir: {} }, 300, 9],
    )
  })

  it('hold a Deployment: none is another number of replicas than not said', async () => {
    const { spec } = await made('/apis/apps/v1/namespaces/default/deployments', 'deployment')
    assert.deepEqual([spec.replicas, spec.paused, spec.strategy.rollingUpdate], [0, true, { maxSurge: '25%', maxUnavailable: 1 }])
    assert.deepEqual(spec.selector, { matchLabels: { app: 'd' }, matchExpressions: [{ key: 'k', operator: 'Exists' }] })
  })

  it('hold DeleteOptions', async () => {
    await api.admin('POST', configMaps, configMap('kept'))
    const reply = await send(`${configMaps}/kept`, Buffer.from(bodies.deleteOptions, 'base64'), 'DELETE')
    assertRefused(reply, {
      code: 409,
      reason: 'Conflict',
      message: /the UID in the precondition \(someone-else\) does not match/,
    })
  })

  it('of another kind than the path, or of none, are refused', async () => {
    const other = await send('/api/v1/namespaces/default/pods', Buffer.from(bodies.service, 'base64'))
    assertRefused(other, {
      code: 400,
      reason: 'BadRequest',
      message: 'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
    })
    const json = await send(configMaps, Buffer.from('{}'))
    const message =
      'the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({})'
    assertRefused(json, { code: 400, reason: 'BadRequest', message })
  })

  it('cut short at any byte, or with any byte changed, are answered and never break the server', async () => {
    const bytes = Buffer.from(bodies.pod, 'base64')
    const broken = Array.from(bytes, (byte, at) => [
      bytes.subarray(0, at),
      Buffer.from(bytes).fill(byte ^ 0xff, at, at + 1),
    ]).flat()
    for (let from = 0; from < broken.length; from += 50) {
      const batch = broken.slice(from, from + 50)
      const replies = await Promise.all(batch.map(each => send('/api/v1/namespaces/default/pods?dryRun=All', each)))
      for (const { code, text } of replies) assert.ok(code < 500, text)
    }
  })
})
