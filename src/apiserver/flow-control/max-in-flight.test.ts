import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { answerText } from '#apiserver/answer/answer.ts'
import { locate } from '#apiserver/request/locate.ts'
import { maxInFlight } from './max-in-flight.ts'

describe('as many requests as are served at once', () => {
  const turns = maxInFlight({ reading: 1, mutating: 0 })
  const ok = answerText(200, 'ok')
  const ask = (method: string, path: string, wait: Promise<void>, ...groups: string[]) => {
    const attributes = locate(method, path, new URLSearchParams(path.split('?')[1]))
    const raw = Object.assign(new IncomingMessage(new Socket()), { complete: true })
    const body = async () => Buffer.alloc(0)
    const asked = { attributes, user: { name: 'jane', groups }, signal: new AbortController().signal, raw, body }
    return turns(asked, () => wait.then(() => ok)).then(answer => answer?.code)
  }

  it('are answered, others are turned away until one is done; who watches, changes or masters is not counted', async () => {
    const { promise: wait, resolve } = Promise.withResolvers<void>()
    const now = Promise.resolve()
    const pods = '/api/v1/pods'
    const first = ask('GET', pods, wait)
    assert.equal(await ask('GET', pods, now), 429)
    assert.equal(await ask('GET', pods, now, 'system:masters'), 200)
    assert.equal(await ask('GET', `${pods}?watch=1`, now), 200)
    assert.equal(await ask('POST', '/api/v1/namespaces/x/pods', now), 200)
    resolve()
    assert.equal(await first, 200)
    assert.equal(await ask('GET', pods, now), 200)
  })
})
