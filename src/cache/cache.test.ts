import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { Cache, type News } from './cache.ts'
import { feed, filled, gone, item, key, names, never, put, reached, reset, type Thing, turn } from './things.ts'

describe('the cache shows the present', () => {
  it('finds objects by key, and lists them in the byte order of namespace/name, as etcd does', async () => {
    const cache = await filled(
      {},
      reset(3, item('b/x', 1), item('a/y', 2), item('a/x', 3)),
      put('a-b/x', 4),
      put('/\uff01', 5),
      put('/\u{1f600}', 6),
    )
    assert.deepEqual(names(cache.list()), ['/\uff01', '/\u{1f600}', 'a-b/x', 'a/x', 'a/y', 'b/x'])
    assert.deepEqual(names(cache.list({ namespace: 'a' })), ['a/x', 'a/y'])
    assert.deepEqual(names(cache.list({ namespace: 'c' })), [])
    assert.deepEqual(
      cache.items({ namespace: 'a' }).map(each => each.revision),
      [3, 2],
    )
    assert.equal(cache.get(key('a/y'))?.revision, 2)
    assert.equal(cache.get(key('a/z')), undefined)
    assert.deepEqual([cache.size, cache.revision, cache.filled], [6, 6, true])
  })

  it('follows changes and deletions', async () => {
    const cache = await filled(
      {},
      reset(1, item('a/x', 1)),
      put('a/x', 2, 'web'),
      put('a/y', 3),
      gone('a/y', 4),
      gone('a/z', 5),
      reached(9),
    )
    assert.deepEqual(names(cache.list()), ['a/x'])
    assert.deepEqual([cache.get(key('a/x'))?.object.tier, cache.size, cache.revision], ['web', 1, 9])
  })

  it('gives pages behind a key, and how many objects lie behind them', async () => {
    const cache = await filled(
      {},
      reset(9, ...Array.from({ length: 2500 }, (_, at) => item(`a/${String(at).padStart(4, '0')}`, 1)), item('b/x', 1)),
    )
    const first = cache.page({ namespace: 'a', limit: 1000 })
    assert.deepEqual([first.items.length, first.remaining], [1000, 1500])
    const last = cache.page({ namespace: 'a', limit: 2000, after: key('a/0999') })
    assert.deepEqual([last.items.length, last.remaining, last.items[0]?.object.metadata.name], [1500, 0, '1000'])
    assert.deepEqual(cache.page({ limit: 1, after: key('a/2498') }).remaining, 1)
    assert.deepEqual(cache.page({ limit: 5, after: key('b/x') }), { items: [], remaining: 0 })
  })

  it('gives pages as they were at a revision: changed, gone and later objects, and their number', async () => {
    const cache = await filled({}, reset(4, ...['a/a', 'a/c', 'a/e', 'b/x'].map((path, at) => item(path, at + 1))))
    const then = (revision: number, from = '', limit = 10, namespace?: string) => {
      const page = cache.pageThen(revision, { from, limit, ...(namespace && { namespace }) })
      return page && [page.items.map(({ object, revision }) => `${names([object])[0]} ${revision}`), page.remaining]
    }
    await cache.follow(feed(put('a/d', 5), gone('a/c', 6), put('a/a', 7), put('a/c', 8), gone('a/e', 9), put('b/a', 10)), never)
    assert.deepEqual(then(4), [['a/a 1', 'a/c 2', 'a/e 3', 'b/x 4'], 0])
    assert.deepEqual(then(4, 'a\0', 1, 'a'), [['a/c 2'], 1])
    assert.deepEqual(then(6, '', 2), [['a/a 1', 'a/d 5'], 2])
    assert.deepEqual(then(9, 'a/c\0'), [['a/d 5', 'b/x 4'], 0])
    assert.deepEqual(then(10), [['a/a 7', 'a/c 8', 'a/d 5', 'b/a 10', 'b/x 4'], 0])
    assert.equal(then(3), undefined)
    assert.equal(then(11), undefined)
  })

  it('keeps its order through thousands of random insertions and deletions', async () => {
    const wanted = new Set<string>()
    let random = 1
    const news: News<Thing>[] = [reset(0)]
    for (let revision = 1; revision <= 20_000; revision++) {
      random = (random * 48271) % 2147483647
      const path = `${random % 7}/${random % 3001}`
      if (random % 3 === 0 && wanted.delete(path)) news.push(gone(path, revision))
      else {
        wanted.add(path)
        news.push(put(path, revision))
      }
    }
    const cache = await filled({}, ...news)
    assert.deepEqual(names(cache.list()), [...wanted].sort())
    assert.deepEqual(names(cache.list({ namespace: '3' })), [...wanted].filter(path => path.startsWith('3/')).sort())
    assert.equal(
      cache.page({ namespace: '3', limit: 10 }).remaining,
      [...wanted].filter(path => path.startsWith('3/')).length - 10,
    )
  })

  it('finds objects by an index, which changes, deletions and resets keep up to date', async () => {
    const indexes = { tier: (thing: Thing) => (thing.tier ? thing.tier.split(',') : []) }
    const cache = await filled({ indexes }, reset(2, item('a/x', 1, 'web'), item('a/y', 2, 'web,db')))
    const tiers = () => ['web', 'db', 'none'].map(tier => names(cache.by('tier', tier)))
    assert.deepEqual(tiers(), [['a/x', 'a/y'], ['a/y'], []])
    await cache.follow(feed(put('a/x', 3, 'db'), gone('a/y', 4)), never)
    assert.deepEqual(tiers(), [[], ['a/x'], []])
    assert.equal(cache.by('tier', 'db')[0]?.metadata.resourceVersion, '3')
    await cache.follow(feed(reset(9, item('a/z', 8, 'web'))), never)
    assert.deepEqual(tiers(), [['a/z'], [], []])
    assert.throws(() => cache.by('owner', 'x'), /there is no index "owner"/)
  })

  it('freezes its objects where it is asked to', async () => {
    const cache = await filled({ freeze: true }, reset(1, item('a/x', 1)), put('a/y', 2))
    for (const { metadata } of cache.list()) assert.throws(() => (metadata.name = 'other'), TypeError)
  })
})

describe('waiting for the cache', () => {
  it('ends when it is filled, and when it is no older than a revision', async () => {
    const cache = new Cache<Thing>()
    assert.deepEqual([cache.filled, cache.revision], [false, 0])
    const order: string[] = []
    const waits = [
      cache.reach(7).then(() => order.push('reached 7')),
      cache.reach(5).then(() => order.push('reached 5')),
      cache.ready().then(() => order.push('ready')),
    ]
    await cache.follow(async function* () {
      for (const news of [reset(3), put('a/x', 5), reached(7)]) {
        yield news
        await turn()
      }
    }, never)
    await Promise.all(waits)
    assert.deepEqual(order, ['ready', 'reached 5', 'reached 7'])
    await cache.reach(6)
  })

  it('rejects with the reason of the signal, and leaves nothing on it', async () => {
    const cache = await filled({}, reset(1))
    const stop = new AbortController()
    const reason = new Error('enough')
    const waits = [cache.reach(2, stop.signal), cache.reach(3, stop.signal)].map(wait => assert.rejects(wait, reason))
    await cache.follow(feed(reached(1)), never)
    stop.abort(reason)
    await Promise.all(waits)
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
    await assert.rejects(cache.reach(2, stop.signal), reason)
  })
})

describe('subscribing to the cache', () => {
  const listen = (cache: Cache<Thing>): string[] => {
    const heard: string[] = []
    cache.subscribe((before, after) => {
      const shownNow = cache.get(key(names([(after ?? before)!])[0]!))?.object
      assert.equal(shownNow, after, 'the cache already shows what the listener hears')
      heard.push(
        `${names([(after ?? before)!])[0]} ${before?.metadata.resourceVersion ?? '-'} → ${after?.metadata.resourceVersion ?? '-'}`,
      )
    })
    return heard
  }

  it('is called for each change', async () => {
    const cache = new Cache<Thing>()
    const heard = listen(cache)
    await cache.follow(
      feed(reset(1, item('a/x', 1)), put('a/y', 2), put('a/x', 3), gone('a/y', 4), gone('a/z', 5), reached(6)),
      never,
    )
    assert.deepEqual(heard, ['a/x - → 1', 'a/y - → 2', 'a/x 1 → 3', 'a/y 2 → -'])
  })

  it('hears after a reset only what is different, deletions included', async () => {
    const cache = await filled({}, reset(3, item('a/same', 1), item('a/changed', 2), item('a/gone', 3)))
    const heard = listen(cache)
    await cache.follow(feed(reset(9, item('a/new', 8), item('a/same', 1), item('a/changed', 7))), never)
    assert.deepEqual(heard, ['a/gone 3 → -', 'a/new - → 8', 'a/changed 2 → 7'])
  })

  it('ends when told so', async () => {
    const cache = new Cache<Thing>()
    let heard = 0
    const stop = cache.subscribe(() => heard++)
    await cache.follow(feed(reset(0), put('a/x', 1)), never)
    stop()
    await cache.follow(feed(put('a/x', 2)), never)
    assert.equal(heard, 1)
  })
})
