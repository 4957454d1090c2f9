import assert from 'node:assert/strict'
import type { Pod, Secret, ServiceAccount } from '#api/core/v1.ts'
import { fateOf } from './legacy-tokens.ts'

describe('the fate of a token that lies in a Secret', () => {
  const dayMs = 86_400_000
  const nowMs = Date.parse('2026-03-01T12:00:00Z')
  const when = { nowMs, periodMs: 10 * dayMs, since: '2026-01-01' }
  const account = { metadata: { name: 'robot' }, secrets: [{ name: 'robot-token' }] } as ServiceAccount
  const secretWith = (labels: Record<string, string> = {}, creationTimestamp = '2026-01-01T00:00:00Z'): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'robot-token', creationTimestamp, labels },
  })
  const podWith = (spec: object): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [], ...spec } })
  const fate = (secret: Secret, more: object = {}, then: object = {}): string =>
    fateOf({ secret, account, pods: [], ...more }, { ...when, ...then })

  it('is to be put out of use when nobody has used it for long, and to go when nobody has missed it for as long', () => {
    assert.equal(fate(secretWith()), 'invalidate')
    assert.equal(fate(secretWith({ 'kubernetes.io/legacy-token-last-used': '2026-02-18' })), 'invalidate')
    assert.equal(fate(secretWith({ 'kubernetes.io/legacy-token-invalid-since': '2026-02-19' })), 'keep')
    assert.equal(fate(secretWith({ 'kubernetes.io/legacy-token-invalid-since': '2026-02-18' })), 'delete')
  })

  it('is to stay while it may be used, or was not made by itself', () => {
    assert.equal(fate(secretWith({ 'kubernetes.io/legacy-token-last-used': '2026-02-19' })), 'keep')
    assert.equal(fate(secretWith({ 'kubernetes.io/legacy-token-last-used': 'soon' })), 'keep')
    assert.equal(fate(secretWith({}, '2026-02-25T00:00:00Z')), 'keep')
    assert.equal(fate(secretWith(), { account: { ...account, secrets: [] } }), 'keep')
    assert.equal(fate(secretWith(), { account: undefined }), 'keep')
    const mounting = podWith({ volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'robot-token' } }] } }] })
    assert.equal(fate(secretWith(), { pods: [podWith({}), mounting] }), 'keep')
  })

  it('is not decided before use has been noted for long enough', () => {
    assert.equal(fate(secretWith(), {}, { since: undefined }), 'keep')
    assert.equal(fate(secretWith(), {}, { since: '2026-02-19' }), 'keep')
    assert.equal(fate(secretWith(), {}, { since: '2026-02-18' }), 'invalidate')
  })
})
