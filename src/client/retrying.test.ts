import assert from 'node:assert/strict'
import type { Answer } from './answer.ts'
import { retrying } from './retrying.ts'
import type { Outgoing } from './transport.ts'

describe('a transport that tries again', () => {
  const answer = (status: number, headers: Answer['headers'] = {}): Answer => ({
    status,
    headers,
    body: (async function* () {})(),
  })
  const broken = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

  /** What comes of a request to a server that answers so, and how long was waited in between. */
  const ask = async (method: string, ...answers: (Answer | Error)[]): Promise<[outcome: number | string, waited: number[]]> => {
    const waited: number[] = []
    const clock = { now: () => new Date(0), sleep: async (ms: number) => void waited.push(ms) }
    const send = async (_: Outgoing): Promise<Answer> => {
      const next = answers.length > 1 ? answers.shift()! : answers[0]!
      if (next instanceof Error) throw next
      return next
    }
    const outcome = await retrying({ send, close() {} }, clock)
      .send({ method, path: '/' })
      .then(
        ({ status }) => status,
        (error: Error) => error.message,
      )
    return [outcome, waited]
  }

  it('waits as long as the server wants, and asks again', async () => {
    assert.deepEqual(await ask('POST', answer(429, { 'retry-after': '2' }), answer(503, { 'retry-after': '1' }), answer(201)), [
      201,
      [2000, 1000],
    ])
  })

  it('takes for an answer what says nothing of a retry', async () => {
    assert.deepEqual(await ask('GET', answer(429)), [429, []])
    assert.deepEqual(await ask('GET', answer(503, { 'retry-after': 'tomorrow' })), [503, []])
    assert.deepEqual(await ask('GET', answer(409, { 'retry-after': '1' })), [409, []])
  })

  it('reads again what broke off, but writes nothing twice', async () => {
    assert.deepEqual(await ask('GET', broken, answer(200)), [200, [1000]])
    assert.deepEqual(await ask('PUT', broken, answer(200)), ['socket hang up', []])
    assert.deepEqual(await ask('GET', refused, answer(200)), ['connect', []])
  })

  it('gives up after ten times', async () => {
    const [outcome, waited] = await ask('GET', answer(429, { 'retry-after': '1' }))
    assert.deepEqual([outcome, waited.length], [429, 10])
  })
})
