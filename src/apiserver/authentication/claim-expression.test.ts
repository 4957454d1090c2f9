import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JWTPayload } from 'jose'
import { HandClock, type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { Authority } from '#cluster/certificates.ts'
import { readAuthenticationConfiguration } from '#cluster/serving/authentication-configuration.ts'
import { realClock } from '#machinery/clock.ts'
import { claimCondition, claimExpression, userCondition } from './claim-expression.ts'
import { ClaimError, type ClaimMappings, userOf } from './claims.ts'
import { startTestIssuer, type TestIssuer } from './testing-issuer.ts'

const review = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

const authenticator = {
  claimMappings: {
    username: { expression: '"ext:" + claims.email.split("@")[0]' },
    groups: { expression: 'claims.realm.roles.filter(role, !role.startsWith("_")).map(role, "role:" + role)' },
    uid: { expression: 'string(int(claims.number))' },
    extra: [
      { key: 'acme.io/tenant', valueExpression: 'claims.acme__dot__io__slash__tenant' },
      { key: 'acme.io/level', valueExpression: 'claims.?level.orValue("")' },
    ],
  },
  claimValidationRules: [
    { claim: 'hd', requiredValue: 'acme.io' },
    { expression: 'claims.?email_verified.orValue(true) == true', message: 'the address must be verified' },
    { expression: 'claims.exp - claims.nbf <= 86400', message: 'a day is the most' },
  ],
  userValidationRules: [
    { expression: '!user.username.startsWith("ext:system")', message: 'nobody is the system' },
    { expression: "user.groups.all(group, group != 'role:root') && user.extra['acme.io/tenant'].size() == 1" },
  ],
}

describe('a user made of claims', () => {
  it('is nobody, with a reason for who has written the rules', () => {
    const refused = (mappings: Partial<ClaimMappings>, message: string) =>
      assert.throws(
        () => userOf({ sub: 'max', n: 1 }, { username: claimExpression('claims.sub'), requiredClaims: {}, ...mappings }),
        (error: Error) => error instanceof ClaimError && error.message === message,
      )
    refused({ username: claimExpression('claims.name') }, "oidc: expression 'claims.name' resulted in error: no such key: name")
    refused({ username: claimExpression('claims.n') }, 'oidc: username claim expression must return a string')
    refused(
      { claimRules: [{ condition: claimCondition('claims.n > 1.5'), message: 'too small' }] },
      "oidc: validation expression 'claims.n > 1.5' failed: too small",
    )
    const costly = "['', '', '', '', '', '', '', '', '', ''].all(a, " // ten to the power of how often it is there
    const condition = userCondition(`${costly.repeat(7)}user.username == 'max'${')'.repeat(7)}`)
    refused(
      { userRules: [{ condition, message: '' }] },
      `oidc: expression '${condition.text}' resulted in error: operation cancelled: actual cost limit exceeded`,
    )
  })
})

describe('an authenticator with expressions', () => {
  const clock = new HandClock()
  let directory: string
  let issuer: TestIssuer
  let api: TestServer

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-claims-'))
    const authority = await Authority.open(directory, realClock)
    issuer = await startTestIssuer(authority)
    const file = {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [{ issuer: { url: issuer.url, certificateAuthority: authority.cert, audiences: ['pinnace'] }, ...authenticator }],
    }
    const { jwt } = readAuthenticationConfiguration(JSON.stringify(file))
    api = await startTestServer({ clock, authentication: { jwt } })
  })

  after(async () => {
    await api.stop()
    issuer.stop()
    await rm(directory, { recursive: true })
  })

  const now = clock.now().getTime() / 1000
  const good = {
    aud: 'pinnace',
    exp: now + 600,
    nbf: now - 60,
    hd: 'acme.io',
    email: 'ann@acme.io',
    realm: { roles: ['dev', '_internal', 'ops'] },
    number: 42,
    'acme.io/tenant': ['blue'],
  }
  const ask = async (claims: JWTPayload): Promise<{ code: number; body: Loose }> =>
    api.withToken(await issuer.sign(claims))('POST', review, {})

  it('knows the user that its expressions make of the claims', async () => {
    const { code, body } = await ask({ ...good, jti: 'x-1' })
    assert.equal(code, 201, JSON.stringify(body))
    assert.deepEqual(body.status.userInfo, {
      username: 'ext:ann',
      uid: '42',
      groups: ['role:dev', 'role:ops', 'system:authenticated'],
      extra: { 'acme.io/tenant': ['blue'], 'authentication.kubernetes.io/credential-id': ['JTI=x-1'] },
    })
  })

  it('knows nobody whose claims break a rule, lack what an expression reads, or are of another type', async () => {
    const bad: readonly object[] = [
      { hd: 'other.io' },
      { email_verified: false },
      { email_verified: 'yes' },
      { exp: now + 100_000 },
      { email: 'system@acme.io' },
      { email: 7 },
      { realm: { roles: ['root'] } },
      { realm: { roles: 'dev' } },
      { realm: undefined },
      { number: 'x' },
      { number: 1e30 },
      { 'acme.io/tenant': ['blue', 'red'] },
      { 'acme.io/tenant': 7 },
      { level: ['a', 1] },
    ]
    for (const claims of bad) assert.equal((await ask({ ...good, ...claims })).code, 401, JSON.stringify(claims))
  })
})
