import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HandClock } from '#apiserver/testing.ts'
import type { Attributes, Verdict } from '#apiserver/user.ts'
import { realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { type WebhookSettings, webhook } from './webhook.ts'

const asked: Attributes = {
  verb: 'list',
  path: '',
  isResource: true,
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  namespace: 'a',
  name: '',
  labelSelector: 'app in (x,y)',
}
const jane = { name: 'jane', groups: ['g'] }

describe('a webhook that authorizes', () => {
  let server: Server
  const questions: { spec: object }[] = []
  let answer: (respond: (code: number, body: unknown) => void) => void
  beforeEach(async () => {
    questions.length = 0
    server = createServer(async (request, response) => {
      const text = (await request.setEncoding('utf8').toArray()).join('')
      questions.push(JSON.parse(text))
      answer((code, body) => response.writeHead(code).end(typeof body === 'string' ? body : JSON.stringify(body)))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const settings = (more: Partial<WebhookSettings> = {}): WebhookSettings => ({
    name: 'hook',
    endpoint: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/authorize` },
    timeoutMs: 30_000,
    version: 'v1',
    authorizedTtlMs: 60_000,
    unauthorizedTtlMs: 10_000,
    failurePolicy: 'NoOpinion',
    ...more,
  })
  const ask = async (more?: Partial<WebhookSettings>, clock = realClock as HandClock): Promise<Verdict> =>
    webhook(settings(more), { clock, log: silent })(jane, asked)

  it('is asked with a SubjectAccessReview, selectors included', async () => {
    answer = respond => respond(200, { status: { allowed: true, reason: 'because' } })
    assert.deepEqual(await ask(), { decision: 'allow', reason: 'because' })
    assert.deepEqual(questions[0]!.spec, {
      user: 'jane',
      groups: ['g'],
      resourceAttributes: {
        namespace: 'a',
        verb: 'list',
        group: 'apps',
        version: 'v1',
        resource: 'deployments',
        labelSelector: { requirements: [{ key: 'app', operator: 'In', values: ['x', 'y'] }] },
      },
    })
  })

  it('is believed for as long as its answers hold', async () => {
    answer = respond => respond(200, { status: { allowed: false, denied: true } })
    const clock = new HandClock()
    const authorize = webhook(settings(), { clock, log: silent })
    for (const passes of [0, 9000, 2000]) {
      clock.pass(passes)
      assert.equal((await authorize(jane, asked)).decision, 'deny')
    }
    assert.equal(questions.length, 2)
  })

  it('follows its failure policy where it gives no answer, or one that is none', async () => {
    for (const [code, body] of [
      [404, 'gone'],
      [200, 'nonsense'],
      [200, {}],
    ] as const) {
      answer = respond => respond(code, body)
      assert.equal((await ask()).decision, 'no opinion')
      assert.equal((await ask({ failurePolicy: 'Deny' })).decision, 'deny')
    }
    answer = () => {}
    const late = await ask({ timeoutMs: 50, failurePolicy: 'Deny' })
    assert.deepEqual([late.decision, /deadline exceeded/.test(late.error ?? '')], ['deny', true])
  })

  it('is not let to contradict itself', async () => {
    answer = respond => respond(200, { status: { allowed: true, denied: true } })
    assert.equal((await ask()).decision, 'deny')
  })
})
