import assert from 'node:assert/strict'
import { SelfSubjectReview } from '#api/authentication/v1.ts'
import { ConfigMap, Secret, ServiceAccount } from '#api/core/v1.ts'
import { isReason } from '#api/status.ts'
import type { Client } from '#client/client.ts'
import { absent, eventually, type TestCluster, testCluster } from './testing-cluster.ts'

describe('tokens of service accounts that lie in Secrets', () => {
  const namespace = 'default'
  let cluster: TestCluster
  let client: Client
  before(async () => {
    cluster = await testCluster([])
    client = cluster.client
  })
  after(() => cluster?.stop())

  const ask = (name: string, account: string, more: object = {}): Promise<Secret> =>
    client.create(Secret, {
      metadata: { namespace, name, annotations: { 'kubernetes.io/service-account.name': account } },
      type: 'kubernetes.io/service-account-token',
      ...more,
    })
  const filled = (name: string): Promise<Secret> =>
    eventually(async () => {
      const secret = await client.get(Secret, { namespace, name })
      return secret.data?.token ? secret : undefined
    })
  const datum = ({ data }: Secret, key: string): string => Buffer.from(data?.[key] ?? '', 'base64').toString()
  const whoIs = async (token: string): Promise<string | undefined> => {
    const review = await cluster.withToken(token).create(SelfSubjectReview, { metadata: {} })
    return review.status?.userInfo?.username
  }
  const isRefused = (token: string) => assert.rejects(whoIs(token), error => isReason(error, 'Unauthorized'))

  it('are filled in, and known for as long as the Secret holds them', async () => {
    const account = await client.create(ServiceAccount, { metadata: { namespace, name: 'robot' } })
    await ask('robot-token', 'robot')
    const secret = await filled('robot-token')
    assert.equal(datum(secret, 'namespace'), 'default')
    assert.match(datum(secret, 'ca.crt'), /BEGIN CERTIFICATE/)
    assert.equal(secret.metadata.annotations?.['kubernetes.io/service-account.uid'], account.metadata.uid)
    const token = datum(secret, 'token')
    assert.deepEqual(JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()), {
      iss: 'kubernetes/serviceaccount',
      'kubernetes.io/serviceaccount/namespace': 'default',
      'kubernetes.io/serviceaccount/secret.name': 'robot-token',
      'kubernetes.io/serviceaccount/service-account.name': 'robot',
      'kubernetes.io/serviceaccount/service-account.uid': account.metadata.uid,
      sub: 'system:serviceaccount:default:robot',
    })
    assert.equal(await whoIs(token), 'system:serviceaccount:default:robot')
    const used = await client.get(Secret, { namespace, name: 'robot-token' })
    const today = new Date().toISOString().slice(0, 10)
    assert.deepEqual(used.metadata.labels, { 'kubernetes.io/legacy-token-last-used': today })
    const tracking = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' }
    assert.deepEqual((await client.get(ConfigMap, tracking)).data, { since: today })

    const labels = { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' }
    const marked = await client.update(Secret, { ...used, metadata: { ...used.metadata, labels } })
    await isRefused(token)
    await client.update(Secret, { ...marked, metadata: { ...marked.metadata, labels: {} } })
    assert.equal(await whoIs(token), 'system:serviceaccount:default:robot')
    await client.delete(Secret, { namespace, name: 'robot-token' })
    await isRefused(token)
  })

  it('go with their account, and do not hold for its namesake', async () => {
    await client.create(ServiceAccount, { metadata: { namespace, name: 'brief' } })
    await ask('brief-token', 'brief')
    const token = datum(await filled('brief-token'), 'token')
    await client.delete(ServiceAccount, { namespace, name: 'brief' })
    await isRefused(token)
    await client.create(ServiceAccount, { metadata: { namespace, name: 'brief' } })
    await absent(client, Secret, { namespace, name: 'brief-token' })
    await ask('brief-token', 'brief', { data: { token: Buffer.from(token).toString('base64') } })
    await isRefused(token)
  })

  it('are not made for an account that is not there', async () => {
    await ask('orphan-token', 'nobody')
    await absent(client, Secret, { namespace, name: 'orphan-token' })
  })
})
