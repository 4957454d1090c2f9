import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JWTPayload } from 'jose'
import { assertRefused, HandClock, type Loose, type Send, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { Authority } from '#cluster/certificates.ts'
import type { Pair } from '#cluster/pair.ts'
import { realClock } from '#machinery/clock.ts'
import { startTestIssuer, type TestIssuer } from './testing-issuer.ts'
import { readTokenFile } from './token-file.ts'

const unauthorized = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' }
const review = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const whoAmI = async (send: Send, headers?: Record<string, string>): Promise<Loose> => {
  const { code, body } = await send('POST', review, {}, headers)
  assert.equal(code, 201, JSON.stringify(body))
  return body.status.userInfo
}

describe('a token file', () => {
  it('names a user, a uid and groups for each token', () => {
    const users = readTokenFile('t1,jane,u1,"admins,devs"\n\nt2,"doe, john",u2\n')
    assert.deepEqual(
      [...users],
      [
        ['t1', { name: 'jane', uid: 'u1', groups: ['admins', 'devs'] }],
        ['t2', { name: 'doe, john', uid: 'u2', groups: [] }],
      ],
    )
  })

  it('is refused, with the line, where a record has too few columns or a quote that is not closed', () => {
    assert.throws(
      () => readTokenFile('t1,jane,u1\nt2,john'),
      /line 2: must have at least 3 columns \(token, user name, user uid\), found 2/,
    )
    assert.throws(() => readTokenFile('t1,"jane,u1'), /line 1: a quote is not closed/)
  })
})

describe('the ways to be known', () => {
  const clock = new HandClock()
  let directory: string
  let issuer: TestIssuer
  let proxy: Pair
  let notAllowed: Pair
  let api: TestServer

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-authentication-'))
    const authority = await Authority.open(join(directory, 'openid'), realClock)
    const front = await Authority.open(join(directory, 'front'), realClock)
    proxy = await front.pair('proxy', { commonName: 'aggregator' })
    notAllowed = await front.pair('other', { commonName: 'somebody' })
    issuer = await startTestIssuer(authority)
    api = await startTestServer({
      clock,
      frontProxyCa: front.cert,
      authentication: {
        anonymous: { paths: ['/livez', '/readyz'] },
        bootstrapTokens: true,
        tokens: new Map([['s3cret', { name: 'jane', uid: '7', groups: ['admins'] }]]),
        requestHeader: {
          allowedNames: ['aggregator'],
          usernameHeaders: ['X-Remote-User'],
          uidHeaders: ['X-Remote-Uid'],
          groupHeaders: ['X-Remote-Group'],
          extraHeaderPrefixes: ['X-Remote-Extra-'],
        },
        jwt: [
          {
            url: issuer.url,
            ca: authority.cert,
            audiences: ['pinnace'],
            algorithms: ['RS256'],
            username: { claim: 'sub', prefix: 'oidc:' },
            groups: { claim: 'groups', prefix: 'oidc:' },
            requiredClaims: { team: 'red' },
          },
        ],
      },
    })
  })

  after(async () => {
    await api.stop()
    issuer.stop()
    await rm(directory, { recursive: true })
  })

  it('a certificate: its subject, and a mark of the certificate itself', async () => {
    const { extra, ...user } = await whoAmI(api.nobody)
    assert.deepEqual(user, { username: 'nobody', groups: ['strangers', 'system:authenticated'] })
    assert.match(extra['authentication.kubernetes.io/credential-id'][0], /^X509SHA256=[0-9a-f]{64}$/)
  })

  it('a bad certificate is no hindrance to who shows a good token, and is one to who shows nothing else', async () => {
    const { username } = await whoAmI(api.stranger, { authorization: 'Bearer s3cret' })
    assert.equal(username, 'jane')
    assertRefused(await api.stranger('GET', '/livez'), unauthorized)
  })

  it('nothing at all: only on the paths that are open to everybody', async () => {
    assert.equal((await api.anonymous('GET', '/livez')).code, 200)
    for (const path of ['/version', '/livez/', '/livez/ping', '//livez', '/LIVEZ', '/readyz/../version'])
      assertRefused(await api.anonymous('GET', path), unauthorized)
  })

  it('a token of the file', async () => {
    assert.deepEqual(await whoAmI(api.withToken('s3cret')), {
      username: 'jane',
      uid: '7',
      groups: ['admins', 'system:authenticated'],
    })
    assertRefused(await api.withToken('s3cre')('GET', '/version'), unauthorized)
  })

  describe('a front proxy', () => {
    const claims = {
      'x-remote-user': 'ann',
      'x-remote-group': 'ops',
      'x-remote-extra-acme.com%2fproject': 'p1',
      'x-remote-uid': 'u-9',
    }

    it('is believed who its client is', async () => {
      assert.deepEqual(await whoAmI(api.as(proxy), claims), {
        username: 'ann',
        uid: 'u-9',
        groups: ['ops', 'system:authenticated'],
        extra: { 'acme.com/project': ['p1'] },
      })
    })

    it('is nobody itself, and neither is one whose name is not allowed', async () => {
      assertRefused(await api.as(proxy)('GET', '/version'), unauthorized)
      assertRefused(await api.as(notAllowed)('GET', '/version', undefined, claims), unauthorized)
    })

    it('is nobody who has no certificate of its authority: the headers mean nothing then', async () => {
      const smuggled = { ...claims, 'x-remote-group': 'system:masters' }
      assert.equal((await whoAmI(api.nobody, smuggled)).username, 'nobody')
      assertRefused(await api.anonymous('GET', '/version', undefined, smuggled), unauthorized)
      assert.equal((await whoAmI(api.withToken('s3cret'), smuggled)).username, 'jane')
    })
  })

  describe('a bootstrap token', () => {
    const base64 = (values: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)]))
    const make = (id: string, more: Record<string, string> = {}): Promise<unknown> =>
      api.admin('POST', '/api/v1/namespaces/kube-system/secrets', {
        metadata: { name: `bootstrap-token-${id}` },
        type: 'bootstrap.kubernetes.io/token',
        data: base64({
          'token-id': id,
          'token-secret': '0123456789abcdef',
          'usage-bootstrap-authentication': 'true',
          ...more,
        }),
      })

    it('is a node that wants to join', async () => {
      await make('aaaaaa', { 'auth-extra-groups': 'system:bootstrappers:workers' })
      assert.deepEqual(await whoAmI(api.withToken('aaaaaa.0123456789abcdef')), {
        username: 'system:bootstrap:aaaaaa',
        groups: ['system:bootstrappers', 'system:bootstrappers:workers', 'system:authenticated'],
      })
    })

    it('is nobody with a wrong secret, when its time is over, for another use, or with a group that is none of its kind', async () => {
      const soon = new Date(clock.now().getTime() + 60_000).toISOString()
      await make('bbbbbb', { expiration: soon })
      await make('cccccc', { 'usage-bootstrap-authentication': 'false' })
      await make('dddddd', { 'auth-extra-groups': 'system:masters' })
      const from = (id: string, secret = '0123456789abcdef') => api.withToken(`${id}.${secret}`)('GET', '/version')
      assert.equal((await from('bbbbbb')).code, 200)
      clock.pass(61_000)
      assertRefused(await from('bbbbbb'), unauthorized)
      assertRefused(await from('aaaaaa', '0123456789abcdeg'), unauthorized)
      assertRefused(await from('cccccc'), unauthorized)
      assertRefused(await from('dddddd'), unauthorized)
    })
  })

  describe('a token of an OpenID Connect provider', () => {
    const sign = (claims: JWTPayload, ...by: [key?: KeyObject, header?: { kid: string }]): Promise<string> =>
      issuer.sign({ aud: 'pinnace', team: 'red', exp: clock.now().getTime() / 1000 + 600, ...claims }, ...by)

    it('is whom its claims name', async () => {
      assert.deepEqual(await whoAmI(api.withToken(await sign({ sub: 'max', groups: ['a', 'b'] }))), {
        username: 'oidc:max',
        groups: ['oidc:a', 'oidc:b', 'system:authenticated'],
      })
    })

    it('ends with its time', async () => {
      const send = api.withToken(await sign({ sub: 'max', exp: clock.now().getTime() / 1000 + 60 }))
      assert.equal((await send('GET', '/version')).code, 200)
      clock.pass(61_000)
      assertRefused(await send('GET', '/version'), unauthorized)
    })

    it('is nobody if it is for others, lacks a claim, is signed by another, or by none', async () => {
      const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      const none = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ iss: issuer.url, aud: 'pinnace', sub: 'max', team: 'red', exp: 4e9 }))}.`
      const bad = [
        await sign({ sub: 'max', aud: 'vault' }),
        await sign({ sub: 'max', team: 'blue' }),
        await sign({}),
        await sign({ sub: 'max', iss: 'https://elsewhere' }),
        await sign({ sub: 'max' }, other),
        await sign({ sub: 'max' }, other, { kid: 'two' }),
        none,
        none.replaceAll('=', ''),
      ]
      for (const token of bad) assertRefused(await api.withToken(token)('GET', '/version'), unauthorized)
    })
  })
})
