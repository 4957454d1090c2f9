import assert from 'node:assert/strict'
import { exactly } from '#machinery/exact.ts'
import { messagesByKind } from '#openapi/messages.ts'
import { openFacts } from '#openapi/schemas.ts'
import { decodeMessage, openEnvelope } from './decode.ts'
import { encodeMessage, sealEnvelope } from './encode.ts'

const facts = openFacts()
const messageOf = messagesByKind(name => facts.type(name))

const there = (apiVersion: string, kind: string, value: object): object => {
  const message = messageOf(apiVersion, kind)!
  const sealed = sealEnvelope({ apiVersion, kind }, encodeMessage(value as Record<string, unknown>, message))
  const opened = openEnvelope(sealed)
  assert.deepEqual({ apiVersion: opened.apiVersion, kind: opened.kind }, { apiVersion, kind })
  return decodeMessage(opened.raw, message)
}

describe('protobuf, there and back again', () => {
  it('keeps a pod with inlined structs, maps, quantities, times and numbers-or-strings', () => {
    const pod = {
      metadata: { name: 'web', labels: { app: 'web', tier: '' }, creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: {
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'conf', configMap: { name: 'c', defaultMode: 420 } },
        ],
        containers: [
          {
            name: 'app',
            image: 'nginx',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            resources: { limits: { cpu: '500m', memory: '1Gi' } },
            livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 3 },
            readinessProbe: { tcpSocket: { port: 8080 } },
          },
        ],
        activeDeadlineSeconds: 30,
        hostNetwork: true,
      },
      status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], startTime: '2026-01-02T03:04:05Z' },
    }
    assert.deepEqual(there('v1', 'Pod', pod), pod)
  })

  it('keeps bytes, microseconds, 64-bit integers and raw objects', () => {
    assert.deepEqual(there('v1', 'Secret', { data: { a: 'AAEC' }, immutable: true }), { data: { a: 'AAEC' }, immutable: true })
    const lease = { spec: { holderIdentity: 'me', renewTime: '2026-01-02T03:04:05.000006Z', leaseTransitions: 2 } }
    assert.deepEqual(there('coordination.k8s.io/v1', 'Lease', lease), lease)
    const largest = exactly('9223372036854775807')
    const back = there('apps/v1', 'ControllerRevision', { revision: largest, data: { any: [1, 'x'] } })
    assert.equal(JSON.stringify(back), '{"data":{"any":[1,"x"]},"revision":9223372036854775807}')
  })

  it('keeps a map whose value is empty, and leaves out what is null or unknown', () => {
    const value = { data: { a: '' }, nothing: 1, binaryData: null }
    assert.deepEqual(there('v1', 'ConfigMap', value), { data: { a: '' } })
  })
})
