import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { assertRefused, HandClock, type Loose, type Send, startTestServer } from '#apiserver/testing.ts'
import { tokenKeys } from './signing-keys.ts'

const unauthorized = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' }
const whoAmI = async (send: Send): Promise<Loose> =>
  (await send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {})).body.status.userInfo

describe('the keys of service accounts', () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string
  const former = pem(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
  const current = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
  const issuers = ['https://kubernetes.default.svc.cluster.local'] as const

  it('may change: tokens of the former one hold on, and new ones are signed by the new one', async () => {
    const api = await startTestServer({
      authentication: { serviceAccounts: { issuers, key: current, formerKeys: tokenKeys(former) } },
    })
    try {
      await api.admin('POST', accounts, { metadata: { name: 'robot' } })
      const { body } = await api.admin('POST', `${accounts}/robot/token`, { spec: {} })
      assert.equal(JSON.parse(atob(body.status.token.split('.')[0])).alg, 'RS256')
      assert.equal((await whoAmI(api.withToken(body.status.token))).username, 'system:serviceaccount:default:robot')
      const { keys } = (await api.admin('GET', '/openid/v1/jwks')).body
      assert.deepEqual(
        keys.map((key: Loose) => key.alg),
        ['RS256', 'ES256'],
      )
      const uid = (await api.admin('GET', `${accounts}/robot`)).body.metadata.uid
      const old = await new SignJWT({ 'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'robot', uid } } })
        .setProtectedHeader({ alg: 'ES256', kid: keys[1].kid })
        .setIssuer(issuers[0])
        .setAudience(issuers[0])
        .setSubject('system:serviceaccount:default:robot')
        .setExpirationTime('1h')
        .sign(createPrivateKey(former))
      assert.equal((await whoAmI(api.withToken(old))).username, 'system:serviceaccount:default:robot')
    } finally {
      await api.stop()
    }
  })

  it('hold on for a year in a pod that never reads its token again', async () => {
    const clock = new HandClock()
    const api = await startTestServer({ clock })
    try {
      await api.admin('POST', accounts, { metadata: { name: 'robot' } })
      const spec = { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'x' }] }
      await api.admin('POST', '/api/v1/namespaces/default/pods', { metadata: { name: 'web' }, spec })
      const ask = async (expirationSeconds: number): Promise<[send: Send, status: Loose]> => {
        const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'web' }
        const { body } = await api.admin('POST', `${accounts}/robot/token`, { spec: { expirationSeconds, boundObjectRef } })
        return [api.withToken(body.status.token), body.status]
      }
      const [injected, status] = await ask(3607)
      const [other] = await ask(3600)
      assert.equal(Date.parse(status.expirationTimestamp) - clock.now().getTime(), 3_607_000)
      clock.pass(3_608_000)
      assert.equal((await injected('GET', '/version')).code, 200)
      assertRefused(await other('GET', '/version'), unauthorized)
      clock.pass(365 * 86_400_000)
      assertRefused(await injected('GET', '/version'), unauthorized)
    } finally {
      await api.stop()
    }
  })

  it('bind a token to a pod, a node or a secret, and to nothing else', async () => {
    const api = await startTestServer()
    try {
      await api.admin('POST', accounts, { metadata: { name: 'robot' } })
      const { body: secret } = await api.admin('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 'tie' } })
      const ask = (boundObjectRef: object) => api.admin('POST', `${accounts}/robot/token`, { spec: { boundObjectRef } })
      const made = await ask({ apiVersion: 'v1', kind: 'Secret', name: 'tie', uid: secret.metadata.uid })
      const bearer = api.withToken(made.body.status.token)
      assert.equal((await bearer('GET', '/version')).code, 200)
      await api.admin('DELETE', '/api/v1/namespaces/default/secrets/tie')
      assertRefused(await bearer('GET', '/version'), unauthorized)
      assertRefused(await ask({ apiVersion: 'v1', kind: 'Node', name: 'none' }), {
        code: 404,
        reason: 'NotFound',
        message: 'nodes "none" not found',
      })
      assertRefused(await ask({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' }), {
        code: 400,
        reason: 'BadRequest',
        message: 'cannot bind token to object of type apps/v1, Kind=Deployment',
      })
      assertRefused(await ask({ apiVersion: 'v1', kind: 'Secret', name: 'tie' }), {
        code: 404,
        reason: 'NotFound',
        message: 'secrets "tie" not found',
      })
    } finally {
      await api.stop()
    }
  })
})
