import assert from 'node:assert/strict'
import { one, under } from '#storage/storage.ts'
import { type Subject, text } from './subject.ts'

/** Ranges, pages, the past. */
export function reading(subject: Subject): void {
  describe('reading', () => {
    it('gives the keys of a range in the order of their UTF-8 bytes', async () => {
      const wanted = ['/a', '/a-b/x', '/a/x', '/a/y', '/a0', '/ä', '/\uff01', '/\u{1f600}']
      for (const key of wanted.toReversed()) await subject.put(key, 'x')
      assert.deepEqual(await subject.keys(under('/')), wanted)
      assert.deepEqual(await subject.keys(under('')), wanted)
      assert.deepEqual(await subject.keys(under('/a/')), ['/a/x', '/a/y'])
      assert.deepEqual(await subject.keys(one('/a')), ['/a'])
      assert.deepEqual(await subject.keys({ start: '/a/y', end: '/\uff01' }), ['/a/y', '/a0', '/ä'])
      assert.deepEqual(await subject.keys(under('/\u{1f600}')), ['/\u{1f600}'])
      assert.deepEqual(await subject.keys(under('/b')), [])
    })

    it('says which revision is the newest, also when nothing was written there', async () => {
      assert.equal(await subject.storage.newest(), 0)
      const written = await subject.put('/a', 'x')
      assert.equal(await subject.storage.newest(), written)
      const gone = await subject.put('/a', undefined, written)
      assert.equal(await subject.storage.newest(), gone)
    })

    it('gives at most `limit` entries and counts those behind them', async () => {
      for (let at = 0; at < 10; at++) await subject.put(`/a/${at}`, 'x')
      await subject.put('/b', 'x')
      const page = await subject.storage.read(under('/a/'), { limit: 4 })
      assert.deepEqual([page.entries.map(entry => entry.key), page.remaining], [['/a/0', '/a/1', '/a/2', '/a/3'], 6])
      const next = await subject.storage.read({ start: '/a/3\0', end: under('/a/').end }, { limit: 6, at: page.revision })
      assert.deepEqual([next.entries.length, next.remaining], [6, 0])
    })

    it('shows a range as it was at an old revision: changed, deleted and later keys, and their number', async () => {
      const first = [await subject.put('/a', 'old'), await subject.put('/c', 'x'), await subject.put('/e', 'x')]
      await subject.put('/d', 'new')
      await subject.put('/a', 'new', first[0])
      await subject.put('/c', undefined, first[1])
      await subject.put('/b', 'new')
      await subject.put('/e', undefined, first[2])
      await subject.put('/e', 'again')
      const then = await subject.storage.read(under('/'), { at: 3 })
      assert.equal(then.revision, 3)
      assert.deepEqual(
        then.entries.map(entry => [entry.key, text(entry.value), entry.revision]),
        [
          ['/a', 'old', 1],
          ['/c', 'x', 2],
          ['/e', 'x', 3],
        ],
      )
      const pages = []
      for (let start = '/', more = true; more; ) {
        const page = await subject.storage.read({ start, end: under('/').end }, { at: 3, limit: 1 })
        pages.push([page.entries[0]!.key, page.remaining])
        start = `${page.entries[0]!.key}\0`
        more = page.remaining > 0
      }
      assert.deepEqual(pages, [
        ['/a', 2],
        ['/c', 1],
        ['/e', 0],
      ])
      assert.deepEqual(await subject.keys(under('/')), ['/a', '/b', '/d', '/e'])
      assert.deepEqual(await subject.keys(under('/'), { at: 0 }), [])
    })

    it('refuses a revision that has not come yet', async () => {
      await subject.put('/a', '1')
      await assert.rejects(subject.storage.read(one('/a'), { at: 2 }), RangeError)
    })
  })
}
