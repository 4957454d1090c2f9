import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isReason } from '#api/status.ts'
import { assertRefused, HandClock, startTestServer } from '#apiserver/testing.ts'
import type { TokenAuthenticator } from '#apiserver/user.ts'
import { Authority } from '#cluster/certificates.ts'
import type { Pair } from '#cluster/pair.ts'
import { realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { type TokenWebhook, tokenWebhook } from './webhook.ts'

describe('a webhook that knows tokens', () => {
  let directory: string
  let ca: string
  let pair: Pair
  let server: Server
  const questions: { apiVersion: string; spec: object }[] = []
  let answer: (respond: (body: unknown) => void) => void
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-webhook-'))
    const authority = await Authority.open(directory, realClock)
    ca = authority.cert
    pair = await authority.pair('hook', { commonName: 'hook', hosts: ['127.0.0.1'] })
  })
  after(() => rm(directory, { recursive: true }))
  beforeEach(async () => {
    questions.length = 0
    server = createServer(pair, async (request, response) => {
      questions.push(JSON.parse((await request.setEncoding('utf8').toArray()).join('')))
      answer(body => response.end(typeof body === 'string' ? body : JSON.stringify(body)))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  const end = (): void => {
    server.closeAllConnections()
    server.close()
  }
  afterEach(end)

  const settings = (more: Partial<TokenWebhook> = {}): TokenWebhook => ({
    endpoint: { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}/tokens`, ca },
    version: 'v1',
    ttlMs: 120_000,
    ...more,
  })
  const made = (clock = new HandClock(), more?: Partial<TokenWebhook>): TokenAuthenticator =>
    tokenWebhook(settings(more), ['api'], { clock, log: silent })
  const jane = { username: 'jane', groups: ['g'], extra: { of: ['x'] } }
  const says = (status: object): void => {
    answer = respond => respond({ status })
  }
  const isRefused = (asked: Promise<unknown>) => assert.rejects(asked, error => isReason(error, 'Unauthorized'))

  it('is asked once for all who bring a token, and again when its answer no longer holds', async () => {
    says({ authenticated: true, user: jane })
    const clock = new HandClock()
    const ask = made(clock)
    const bearer = { user: { name: 'jane', groups: ['g'], extra: { of: ['x'] } }, audiences: ['api'] }
    assert.deepEqual(await Promise.all([ask('t', ['api']), ask('t', ['api'])]), [bearer, bearer])
    assert.deepEqual(questions, [
      { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token: 't', audiences: ['api'] } },
    ])
    clock.pass(119_000)
    await ask('t', ['api'])
    assert.equal(questions.length, 1)
    clock.pass(2000)
    says({ authenticated: false })
    assert.equal(await ask('t', ['api']), undefined)
    assert.equal(questions.length, 2)
  })

  it('says whom a token is for; one that says nothing means the API server', async () => {
    const ask = made(undefined, { ttlMs: 0, version: 'v1beta1' })
    says({ authenticated: true, user: jane, audiences: ['vault', 'else'] })
    assert.deepEqual((await ask('t', ['api', 'vault']))?.audiences, ['vault'])
    assert.equal(await ask('t', ['api']), undefined)
    says({ authenticated: true, user: jane })
    assert.equal(await ask('t', ['vault']), undefined)
    assert.equal(questions[0]!.apiVersion, 'authentication.k8s.io/v1beta1')
  })

  it('makes a token a bad one where it finds it wrong, or answers nonsense, and that is not remembered', async () => {
    const ask = made()
    const named = (user: unknown) => ({ status: { authenticated: true, user } })
    const lies = [
      { status: { authenticated: false, error: 'expired' } },
      'nonsense',
      '',
      null,
      {},
      { status: 'yes' },
      { status: { authenticated: 'yes', user: jane } },
      named(undefined),
      named({ username: 7 }),
      named({ username: 'jane', groups: 'system:masters' }),
      named({ username: 'jane', extra: { a: 'b' } }),
    ]
    for (const lie of lies) {
      answer = respond => respond(lie)
      await isRefused(ask('t', ['api']))
    }
    assert.equal(questions.length, lies.length)
    says({ authenticated: true, user: jane })
    assert.equal((await ask('t', ['api']))?.user.name, 'jane')
  })

  it('is not waited for longer than half a minute', async () => {
    const clock = new HandClock()
    const reached = new Promise<void>(resolve => {
      answer = () => resolve()
    })
    const asked = isRefused(made(clock)('t', ['api']))
    await reached
    clock.pass(30_000)
    await asked
  })

  it('is no reason to be anonymous when it dies', async () => {
    says({ authenticated: true, user: jane })
    const api = await startTestServer({ authentication: { webhook: settings({ ttlMs: 0 }) } })
    try {
      const send = api.withToken('t')
      const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
      const { userInfo } = (await send('POST', reviews, {})).body.status
      assert.deepEqual([userInfo.username, userInfo.groups], ['jane', ['g', 'system:authenticated']])
      end()
      assertRefused(await send('GET', '/version'), { code: 401, reason: 'Unauthorized', message: 'Unauthorized' })
      const review = await api.admin('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 't' } })
      assert.deepEqual(review.body.status.error, 'invalid bearer token')
    } finally {
      await api.stop()
    }
  })
})
