import assert from 'node:assert/strict'
import { HandClock } from '#apiserver/testing.ts'
import { silent } from '#machinery/log.ts'
import { openMemory } from '#storage/memory.ts'
import { Compacted, one, type Revision, type Storage, under } from '#storage/storage.ts'
import { compaction } from './compaction.ts'

const minute = 60_000

describe('history', () => {
  let storage: Storage
  let clock: HandClock
  let stop: AbortController
  beforeEach(() => {
    storage = openMemory()
    clock = new HandClock()
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await storage.close()
  })

  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
  }
  const pass = async (minutes: number): Promise<void> => {
    for (let at = 0; at < minutes; at += 5) {
      clock.pass(5 * minute)
      await settle()
    }
  }
  const put = async (): Promise<Revision> => {
    const { entries } = await storage.read(one('/a'))
    const outcome = await storage.write({ key: '/a', value: Buffer.from('x'), expected: entries[0]?.revision ?? 0 })
    assert.ok(outcome.written)
    return outcome.revision
  }
  const isKept = async (at: Revision): Promise<boolean> => {
    try {
      await storage.read(under('/'), { at })
      return true
    } catch (error) {
      assert.ok(error instanceof Compacted)
      return false
    }
  }
  const compact = (historyMs?: number): Promise<void> =>
    compaction({ storage, clock, log: silent, ...(historyMs && { historyMs }) }, stop.signal)

  it('is kept for five to ten minutes, as upstream keeps it', async () => {
    void compact()
    const first = await put()
    await put()
    await pass(5)
    assert.ok(await isKept(first))
    await pass(5)
    assert.ok(!(await isKept(first)))
  })

  it('is kept as long as it is wished, also where the process began anew in between', async () => {
    void compact(60 * minute)
    const first = await put()
    await pass(30)
    const second = await put()
    stop.abort()
    stop = new AbortController()
    void compact(60 * minute)
    await settle()
    await pass(30)
    assert.ok(await isKept(first))
    await pass(5)
    assert.ok(!(await isKept(first)))
    assert.ok(await isKept(second))
    await pass(35)
    assert.ok(!(await isKept(second)))
  })

  it('is compacted by one of several API servers at a time', async () => {
    const turns: string[] = []
    const told = (name: string): Storage => ({
      ...{
        read: storage.read.bind(storage),
        newest: () => storage.newest(),
        watch: storage.watch.bind(storage),
        close: async () => {},
      },
      write: async change => {
        const outcome = await storage.write(change)
        if (outcome.written) turns.push(name)
        return outcome
      },
      compact: upTo => storage.compact(upTo),
    })
    for (const name of ['a', 'b', 'c']) void compaction({ storage: told(name), clock, log: silent }, stop.signal)
    await put()
    await pass(20)
    assert.deepEqual(turns, ['a', 'a', 'a', 'a'])
  })
})
