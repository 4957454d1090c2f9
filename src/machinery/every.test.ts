import assert from 'node:assert/strict'
import type { Clock } from './clock.ts'
import { every } from './every.ts'

describe('every so often', () => {
  it('work is done, also after it has failed, until the signal aborts', async () => {
    const stop = new AbortController()
    const slept: number[] = []
    const clock: Clock = {
      now: () => new Date(0),
      async sleep(ms) {
        if (slept.push(ms) === 4) stop.abort()
      },
    }
    const failures: string[] = []
    let done = 0
    const work = async (): Promise<void> => {
      if (++done === 2) throw new Error('not now')
    }
    await every(7, work, { clock, failed: ({ message }) => failures.push(message) }, stop.signal)
    assert.deepEqual([done, slept, failures], [3, [7, 7, 7, 7], ['not now']])
  })
})
