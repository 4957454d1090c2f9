import assert from 'node:assert/strict'
import { openMemory } from '#storage/memory.ts'
import { Compacted, Hindered, type Page, type Storage, under } from '#storage/storage.ts'
import { Dispatch, type Follower } from './dispatch.ts'

const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate)
}

describe('the news of a storage', () => {
  let storage: Storage
  let stop: AbortController
  beforeEach(() => {
    storage = openMemory()
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await storage.close()
  })

  const write = async (key: string): Promise<void> => {
    const [entry] = (await storage.read(under(key))).entries
    await storage.write({ key, value: Buffer.from('x'), expected: entry?.revision ?? 0 })
  }
  /** A follower that writes down what it is told. */
  const listener = (prefix: string, read = () => storage.read(under(prefix))): { told: string[]; follower: Follower } => {
    const told: string[] = []
    return {
      told,
      follower: {
        prefix,
        read,
        reset: ({ entries, revision }) => told.push(`reset ${entries.map(({ key }) => key)} at ${revision}`),
        take: ({ key, revision }) => told.push(`${key} at ${revision}`),
        reached: revision => told.push(`reached ${revision}`),
        told: async () => {},
        lose: ({ message }) => told.push(message),
      },
    }
  }

  it('go to whom they are about, and all hear how far history has come', async () => {
    const dispatch = new Dispatch(storage)
    const running = dispatch.run(stop.signal)
    const [pods, specs] = [listener('/registry/pods/'), listener('/registry/services/specs/')]
    for (const { follower } of [pods, specs]) await dispatch.join(follower, stop.signal)
    for (const key of ['/registry/pods/a/b', '/registry/services/specs/c', '/registry/others/d', '/elsewhere']) {
      await write(key)
      await settle()
    }
    const reached = ['reached 2', 'reached 3', 'reached 4']
    assert.deepEqual(pods.told, ['reset  at 0', '/registry/pods/a/b at 1', 'reached 1', ...reached])
    assert.deepEqual(specs.told, ['reset  at 0', 'reached 1', '/registry/services/specs/c at 2', ...reached])
    stop.abort()
    await running
  })

  it('come once, and without a gap, to who joins in the middle of them', async () => {
    const dispatch = new Dispatch(storage)
    void dispatch.run(stop.signal)
    const late = listener('/registry/pods/', async () => {
      await write('/registry/pods/before')
      const page = await storage.read(under('/registry/pods/'))
      await write('/registry/pods/meanwhile')
      await write('/registry/others/meanwhile')
      await settle()
      return page
    })
    await dispatch.join(late.follower, stop.signal)
    await write('/registry/pods/then')
    await settle()
    assert.deepEqual(late.told, [
      'reset /registry/pods/before at 1',
      '/registry/pods/meanwhile at 2',
      'reached 3',
      '/registry/pods/then at 4',
      'reached 4',
    ])
  })

  it('begin anew with the present where the thread is lost', async () => {
    let lost = false
    const forgetful: Storage = {
      read: storage.read.bind(storage),
      write: storage.write.bind(storage),
      newest: () => storage.newest(),
      compact: upTo => storage.compact(upTo),
      close: async () => {},
      async *watch(range, after, signal) {
        for await (const batch of storage.watch(range, after, signal)) {
          if (lost && batch.events.length > 0) {
            lost = false
            throw new Compacted(after + 1)
          }
          yield batch
        }
      },
    }
    const dispatch = new Dispatch(forgetful)
    void dispatch.run(stop.signal)
    const pods = listener('/registry/pods/')
    await dispatch.join(pods.follower, stop.signal)
    lost = true
    await write('/registry/pods/a')
    await settle()
    await write('/registry/pods/b')
    await settle()
    assert.deepEqual(pods.told, ['reset  at 0', 'reset /registry/pods/a at 1', '/registry/pods/b at 2', 'reached 2'])
  })

  it('are lost on who cannot read them, and on nobody else, until something else is there', async () => {
    let isDamaged = true
    const read = async (): Promise<Page> => {
      if (isDamaged) throw new Hindered('damaged', 'lost')
      return storage.read(under('/registry/pods/'))
    }
    const [pods, secrets] = [listener('/registry/pods/', read), listener('/registry/secrets/')]
    const dispatch = new Dispatch(storage)
    void dispatch.run(stop.signal)
    for (const { follower } of [pods, secrets]) await dispatch.join(follower, stop.signal)
    await write('/registry/secrets/a')
    await write('/registry/pods/b')
    await settle()
    isDamaged = false
    await write('/registry/pods/c')
    await settle()
    assert.deepEqual(pods.told, ['lost', 'lost', 'reset /registry/pods/b,/registry/pods/c at 3'])
    assert.deepEqual(secrets.told.at(-1), 'reached 3')
  })

  it('end for who joins when the storage never answered', async () => {
    const newest = async (): Promise<number> => {
      await new Promise(setImmediate)
      throw new Hindered('unavailable', 'nobody is there')
    }
    const dispatch = new Dispatch({ ...storage, newest })
    const running = dispatch.run(stop.signal)
    const joining = dispatch.join(listener('/registry/pods/').follower, stop.signal)
    await settle()
    stop.abort()
    await Promise.all([running, joining])
  })

  it('end with what keeps a follower from beginning anew, which nobody else would hear of', async () => {
    const dispatch = new Dispatch(storage)
    const running = dispatch.run(stop.signal)
    let reads = 0
    const { follower } = listener('/registry/pods/', () => {
      if (++reads > 1) throw new Error('nobody expected this')
      return storage.read(under('/registry/pods/'))
    })
    const damaged = (): never => {
      throw new Hindered('damaged', 'it is damaged')
    }
    await dispatch.join({ ...follower, take: damaged, lose() {} }, stop.signal)
    const ended = assert.rejects(running, /nobody expected this/)
    for (const key of ['/registry/pods/a/bad', '/registry/pods/a/next']) {
      await write(key)
      await settle()
    }
    await ended
  })
})
