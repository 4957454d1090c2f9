import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { Cache, Change, type News, type WatchOptions } from './cache.ts'
import { feed, filled, gone, item, key, never, put, reached, reset, shown, type Thing, told, turn } from './things.ts'

describe('watching the cache', () => {
  it('tells what came, changed and went after a revision', async () => {
    const cache = await filled({}, reset(1), put('a/x', 2), put('a/x', 3), put('b/y', 4), gone('a/x', 5))
    assert.deepEqual(await told(cache, 1), ['ADDED a/x 2', 'MODIFIED a/x 3', 'ADDED b/y 4', 'DELETED a/x 5'])
    assert.deepEqual(await told(cache, 3), ['ADDED b/y 4', 'DELETED a/x 5'])
    assert.deepEqual(await told(cache, 5), [])
    assert.deepEqual(await told(cache, 1, { namespace: 'b' }), ['ADDED b/y 4'])
    assert.deepEqual(await told(cache, 1, { key: 'a/x' }), ['ADDED a/x 2', 'MODIFIED a/x 3', 'DELETED a/x 5'])
  })

  it('tells a watcher of a revision to come only what comes after it', async () => {
    const cache = await filled({}, reset(1), put('a/x', 2))
    const stop = new AbortController()
    const next = cache.watch(4, stop.signal).next()
    await cache.follow(feed(put('a/x', 3), put('a/y', 4), put('a/z', 5)), never)
    assert.deepEqual(shown((await next).value!), ['ADDED a/z 5'])
    stop.abort()
  })

  it('tells a watcher with a selector that an object came or went when it begins or stops to pass', async () => {
    const tiers = ['web', 'web', 'db', 'db', 'web']
    const cache = await filled({}, reset(0), ...tiers.map((tier, at) => put('a/x', at + 1, tier)), gone('a/x', 6))
    const passes = (thing: Thing) => thing.tier === 'web'
    assert.deepEqual(await told(cache, 0, { passes }), [
      'ADDED a/x 1',
      'MODIFIED a/x 2',
      'DELETED a/x 3',
      'ADDED a/x 5',
      'DELETED a/x 6',
    ])
  })

  it('tells watchers from before its first present what it is told of that later, as far as there is room', async () => {
    const change = (path: string, revision: number): Change<Thing> =>
      Change.of(key(path), { before: undefined, after: item(path, revision), revision })
    const cache = await filled({ limit: 4 }, reset(10, item('a/x', 7)), put('a/y', 11))
    await assert.rejects(told(cache, 6), /too old resource version: 6 \(10\)/)
    const earlier = [change('a/v', 5), change('a/w', 6), change('a/x', 7), change('b/x', 9)]
    assert.ok(cache.recall(earlier, { after: 4, upTo: 10 }))
    assert.deepEqual(await told(cache, 5), ['ADDED a/w 6', 'ADDED a/x 7', 'ADDED b/x 9', 'ADDED a/y 11'])
    await assert.rejects(told(cache, 4), /too old resource version: 4 \(5\)/)
    await cache.follow(feed(put('a/y', 12)), never)
    assert.deepEqual(await told(cache, 6), ['ADDED a/x 7', 'ADDED b/x 9', 'ADDED a/y 11', 'MODIFIED a/y 12'])
  })

  it('keeps of the past no more than may lie in memory, and the newest change whatever its size', async () => {
    const large = (path: string, revision: number, bytes: number): News<Thing> => ({
      type: 'put',
      item: { ...item(path, revision), bytes: new Uint8Array(bytes) },
    })
    const cache = await filled({ limitBytes: 100 }, reset(1), large('a/x', 2, 60), large('a/y', 3, 40), large('a/z', 4, 40))
    assert.deepEqual(await told(cache, 2), ['ADDED a/y 3', 'ADDED a/z 4'])
    await assert.rejects(told(cache, 1), /too old resource version: 1 \(2\)/)
    await cache.follow(feed(large('a/x', 5, 500)), never)
    assert.deepEqual(await told(cache, 4), ['MODIFIED a/x 5'])
    await assert.rejects(told(cache, 3), /too old resource version/)
  })

  it('does not take a watcher from before a new present for one of the past that it is told of later', async () => {
    const cache = await filled({ limit: 4 }, reset(1), put('a/x', 2), put('a/x', 3))
    const stop = new AbortController()
    const watcher = cache.watch(1, stop.signal)
    await watcher.next()
    await cache.follow(feed(reset(9, item('a/x', 8))), never)
    cache.recall([Change.of(key('a/x'), { before: undefined, after: item('a/x', 8), revision: 8 })], { after: 5, upTo: 9 })
    await assert.rejects(watcher.next(), /too old resource version/)
    stop.abort()
  })

  it('shows what went as it was, with the revision at which it went; all watchers get the same value', async () => {
    const cache = await filled({}, reset(0), put('a/x', 1, 'web'), put('a/x', 2, 'db'))
    const left = async () => {
      for await (const [event] of cache.watch(1, never, { passes: thing => thing.tier === 'web' })) return event
    }
    const event = await left()
    assert.ok(event?.type === 'DELETED')
    assert.deepEqual([event.item.object.tier, event.item.object.metadata.resourceVersion, event.item.revision], ['web', '2', 2])
    assert.equal(await left(), event)

    const last = item('a/x', 3, 'last')
    await cache.follow(feed({ type: 'delete', key: key('a/x'), revision: 3, item: last }), never)
    for await (const [deletion] of cache.watch(2, never)) {
      assert.ok(deletion?.type === 'DELETED' && deletion.item === last)
      break
    }
  })

  it('tells a thousand sleepers a few at a time: others get their turn in between, and what happens meanwhile comes along', async () => {
    const cache = await filled({}, reset(0))
    const stop = new AbortController()
    const heard = Array.from({ length: 1000 }, () => [] as string[])
    for (const events of heard)
      void (async () => {
        for await (const batch of cache.watch(0, stop.signal)) events.push(shown(batch).join(', '))
      })()
    await cache.follow(feed(put('a/x', 1)), never)
    await turn()
    assert.ok(heard.some(({ length }) => length > 0) && heard.some(({ length }) => length === 0))
    await cache.follow(feed(put('a/x', 2)), never)
    while (heard.some(events => !events.at(-1)?.endsWith('a/x 2'))) await turn()
    assert.equal(heard.at(-1)!.join(', '), 'ADDED a/x 1, MODIFIED a/x 2')
    assert.equal(heard.at(-1)!.length, 1)
    assert.ok(heard.every(events => events.join(', ') === 'ADDED a/x 1, MODIFIED a/x 2'))
    stop.abort()
  })

  it('judges a change once for all who want the same, and gives them one batch', async () => {
    let asked = 0
    const passes = ({ tier }: Thing): boolean => ++asked > 0 && tier === 'web'
    const cache = await filled({}, reset(0))
    const stop = new AbortController()
    const batches = Array.from({ length: 100 }, () => cache.watch(0, stop.signal, { passes }).next())
    const other = cache.watch(0, stop.signal, { passes, namespace: 'b' }).next()
    await cache.follow(feed(put('a/x', 1, 'web'), put('b/x', 2, 'web')), never)
    const told = (await Promise.all(batches)).map(({ value }) => value!)
    assert.deepEqual(shown(told[0]!), ['ADDED a/x 1', 'ADDED b/x 2'])
    assert.ok(told.every(batch => batch === told[0]))
    assert.deepEqual(shown((await other).value!), ['ADDED b/x 2'])
    assert.equal(asked, 3)
    stop.abort()
  })

  it('sets a bookmark, where one is asked for, whenever the watcher has caught up and history has come further', async () => {
    const cache = await filled({}, reset(1), put('a/x', 2))
    const stop = new AbortController()
    const batches = cache.watch(1, stop.signal, { namespace: 'a', bookmarks: true })
    assert.deepEqual(shown((await batches.next()).value!), ['ADDED a/x 2', 'BOOKMARK 2'])
    const next = batches.next()
    await cache.follow(feed(put('b/y', 3), reached(4)), never)
    assert.deepEqual(shown((await next).value!), ['BOOKMARK 4'])
  })

  it('knows up to where its reader has been told everything, also while it sleeps and nothing passes', async () => {
    const cache = await filled({}, reset(1), put('a/x', 2))
    const stop = new AbortController()
    const watcher = cache.watch(1, stop.signal, { namespace: 'a' })
    assert.equal(watcher.revision, 1)
    await watcher.next()
    assert.equal(watcher.revision, 1, 'the reader holds the batch, but has not come back for more')
    const next = watcher.next()
    assert.equal(watcher.revision, 2)
    await cache.follow(feed(put('b/y', 3), reached(4)), never)
    await turn()
    assert.equal(watcher.revision, 4)
    stop.abort()
    assert.equal((await next).done, true)
  })

  it('refuses a revision that the past no longer reaches', async () => {
    const cache = await filled({ limit: 2 }, reset(10), put('a/x', 11), put('a/x', 12), put('a/x', 13))
    await assert.rejects(told(cache, 10), { reason: 'Expired', code: 410, message: 'too old resource version: 10 (11)' })
    assert.deepEqual(await told(cache, 11), ['MODIFIED a/x 12', 'MODIFIED a/x 13'])
  })

  it('tells a watcher in the middle of its watch that it was too slow', async () => {
    const cache = await filled({ limit: 3 }, reset(0), put('a/x', 1))
    const watcher = cache.watch(0, never)
    assert.deepEqual(shown((await watcher.next()).value!), ['ADDED a/x 1'])
    await cache.follow(feed(...[2, 3, 4, 5].map(revision => put('a/x', revision))), never)
    await assert.rejects(watcher.next(), { reason: 'Expired', message: 'too old resource version: 1 (2)' })
    assert.equal((await watcher.next()).done, true)
  })

  it('does not call slow who sleeps while a burst larger than the past comes in', async () => {
    const cache = await filled({ limit: 10 }, reset(0))
    const seen: string[] = []
    const stop = new AbortController()
    const watching = (async () => {
      for await (const batch of cache.watch(0, stop.signal)) seen.push(...shown(batch))
    })()
    await cache.follow(feed(...Array.from({ length: 500 }, (_, at) => put(`a/${at}`, at + 1))), never)
    await turn()
    stop.abort()
    await watching
    assert.equal(seen.length, 500)
  })

  it('expires watchers when a reset skipped over part of history, and only then', async () => {
    const cache = await filled({}, reset(1), put('a/x', 2))
    const asleep = cache.watch(2, never).next()
    await cache.follow(feed(reset(2, item('a/x', 2)), put('a/x', 3)), never)
    assert.deepEqual(shown((await asleep).value!), ['MODIFIED a/x 3'])
    assert.deepEqual(await told(cache, 1), ['ADDED a/x 2', 'MODIFIED a/x 3'])

    const caughtUp = assert.rejects(cache.watch(3, never).next(), {
      reason: 'Expired',
      message: 'too old resource version: 3 (8)',
    })
    await turn()
    await cache.follow(feed(reset(8, item('a/y', 7)), put('a/y', 9)), never)
    await caughtUp
    await assert.rejects(told(cache, 7), { reason: 'Expired' })
    assert.deepEqual(await told(cache, 8), ['MODIFIED a/y 9'])
  })

  it('waits for a cache that is not filled yet', async () => {
    const cache = new Cache<Thing>()
    const [early, late] = [cache.watch(4, never).next(), assert.rejects(cache.watch(3, never).next(), { reason: 'Expired' })]
    await cache.follow(feed(reset(4), put('a/x', 5)), never)
    assert.deepEqual(shown((await early).value!), ['ADDED a/x 5'])
    await late
  })

  it('ends when the signal aborts or the reader leaves, and leaves nothing on the signal', async () => {
    const cache = await filled({}, reset(0), put('a/x', 1))
    const stop = new AbortController()
    for await (const _ of cache.watch(0, stop.signal)) break
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
    const watching = Array.from({ length: 5 }, async () => {
      for await (const _ of cache.watch(0, stop.signal));
    })
    await turn()
    assert.equal(getEventListeners(stop.signal, 'abort').length, 5)
    stop.abort()
    await Promise.all(watching)
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
    for await (const _ of cache.watch(0, stop.signal)) assert.fail('it had ended')
  })
})

describe('a cache under load', () => {
  it('tells 300 watchers of every pace everything once and in order', async () => {
    const changes = 2000
    const cache = new Cache<Thing>({ limit: changes })
    const stop = new AbortController()
    const watch = async (pause: number, options?: WatchOptions<Thing>): Promise<number[]> => {
      const revisions: number[] = []
      for await (const batch of cache.watch(0, stop.signal, options)) {
        for (const event of batch) revisions.push(event.type === 'BOOKMARK' ? -1 : event.item.revision)
        if (revisions.at(-1)! > changes - 10) break
        for (let at = 0; at < pause; at++) await turn()
      }
      return revisions
    }
    const all = Array.from({ length: 290 }, (_, at) => watch(at % 40))
    const some = Array.from({ length: 10 }, (_, namespace) => watch(namespace, { namespace: `${namespace}` }))
    await cache.follow(async function* () {
      yield reset(0)
      for (let revision = 1; revision <= changes; revision++) {
        yield put(`${revision % 10}/${revision % 100}`, revision)
        if (revision % 7 === 0) await turn()
      }
    }, never)
    const wanted = Array.from({ length: changes }, (_, at) => at + 1)
    for (const revisions of await Promise.all(all)) {
      assert.deepEqual(revisions, wanted.slice(0, revisions.length))
      assert.ok(revisions.length > changes - 10)
    }
    for (const [namespace, revisions] of (await Promise.all(some)).entries())
      assert.deepEqual(
        revisions,
        wanted.filter(revision => revision % 10 === namespace),
      )
  })
})
