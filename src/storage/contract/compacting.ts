import assert from 'node:assert/strict'
import { Compacted, type Event, type Revision, under } from '#storage/storage.ts'
import { type Subject, text } from './subject.ts'

/** What is forgotten and what is not. */
export function compacting(subject: Subject): void {
  describe('compacting', () => {
    const compacted = (oldest: Revision) => (error: unknown) => error instanceof Compacted && error.oldest === oldest

    beforeEach(async () => {
      await subject.put('/a', '1')
      await subject.put('/a', '2', 1)
      await subject.put('/b', '1')
      await subject.put('/b', undefined, 3)
      await subject.put('/a', '3', 2)
      // A cache that follows has come along then, and need not begin anew.
      await subject.storage.read(under('/'))
    })

    it('forgets what lies before it, for reads and watches, and says where history begins', async () => {
      await subject.storage.compact(4)
      await assert.rejects(subject.storage.read(under('/'), { at: 3 }), compacted(4))
      if (!subject.forgets) return
      await assert.rejects(subject.take(subject.storage.watch(under('/'), 3, subject.stop.signal), {}), compacted(4))
    })

    it('keeps the present, the state at its revision, and all that came after', async () => {
      await subject.storage.compact(4)
      const then = await subject.storage.read(under('/'), { at: 4 })
      assert.deepEqual(
        then.entries.map(entry => [entry.key, text(entry.value), entry.revision]),
        [['/a', '2', 2]],
      )
      const now = await subject.storage.read(under('/'))
      assert.deepEqual(
        now.entries.map(entry => [entry.key, text(entry.value), entry.revision]),
        [['/a', '3', 5]],
      )
      const [event] = await subject.take(subject.storage.watch(under('/'), 4, subject.stop.signal), { count: 1 })
      assert.deepEqual([event?.revision, text(event?.previous?.value), event?.previous?.revision], [5, '2', 2])
    })

    it('goes no further than the present, and never back', async () => {
      await subject.storage.compact(99)
      await subject.storage.compact(2)
      await assert.rejects(subject.storage.read(under('/'), { at: 4 }), compacted(5))
      assert.deepEqual(await subject.keys(under('/'), { at: 5 }), ['/a'])
      assert.equal(await subject.put('/a', '4', 5), 6)
      assert.equal(await subject.put('/b', '2'), 7)
    })

    it('tells a watcher that fell behind it, in the middle of its watch, and leaves alone one that did not', async () => {
      const behind = subject.storage.watch(under('/'), 1, subject.stop.signal)[Symbol.asyncIterator]()
      const ahead = subject.storage.watch(under('/'), 5, subject.stop.signal)[Symbol.asyncIterator]()
      await behind.next()
      await ahead.next()
      const sleeping = ahead.next()
      await subject.put('/c', '1')
      assert.deepEqual(
        (await sleeping).value.events.map((event: Event) => event.key),
        ['/c'],
      )
      const next = ahead.next()
      await subject.storage.compact(6)
      await subject.put('/d', '1')
      if (subject.forgets) await assert.rejects(behind.next(), compacted(6))
      else assert.equal((await behind.next()).value.events[0].revision, 6)
      assert.deepEqual(
        (await next).value.events.map((event: Event) => event.key),
        ['/d'],
      )
    })

    it('may run beside writers, readers and watchers', async () => {
      let [told, seen] = [0, 5]
      const watching = (async () => {
        for await (const { revision, events } of subject.storage.watch(under('/w/'), seen, subject.stop.signal)) {
          seen = revision
          if ((told += events.length) >= 400) break
        }
      })()
      const writing = Promise.all(
        Array.from({ length: 4 }, async (_, writer) => {
          for (let at = 0, expected = 0; at < 100; at++) expected = await subject.put(`/w/${writer}`, `${at}`, expected)
        }),
      )
      for (let round = 0; round < 20; round++) {
        const page = await subject.storage.read(under('/w/'))
        // Not past the watcher, who would be told of it: how far behind it is, is the machine's to say.
        await subject.storage.compact(Math.min(page.revision - 100, seen))
        const again = await subject.storage.read(under('/w/'), { at: page.revision })
        assert.deepEqual(again, page)
      }
      await writing
      await watching
      assert.equal(told, 400)
      await subject.storage.compact(405)
      assert.deepEqual(
        (await subject.storage.read(under('/w/'), { at: 405 })).entries.map(entry => text(entry.value)),
        ['99', '99', '99', '99'],
      )
    })
  })
}
