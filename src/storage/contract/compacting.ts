import assert from 'node:assert/strict'
import { Compacted, type Event, type Page, type Revision, under } from '#storage/storage.ts'
import { type Subject, text } from './subject.ts'

/** A page with the text of its values: what matters are bytes, not the class they come in. */
const shown = (page: Page): unknown => ({ ...page, entries: page.entries.map(each => ({ ...each, value: text(each.value) })) })

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

    it('may run beside writers, readers and watchers, as far as all of them have come', async () => {
      let told = 5
      const watch = async (): Promise<Event[]> => {
        const events: Event[] = []
        for await (const batch of subject.storage.watch(under('/w/'), told, subject.stop.signal)) {
          events.push(...batch.events)
          told = batch.revision
          if (events.length >= 400) break
        }
        return events
      }
      const write = async (writer: number): Promise<void> => {
        for (let at = 0, expected = 0; at < 100; at++) expected = await subject.put(`/w/${writer}`, `${at}`, expected)
      }
      const watching = watch()
      let writers = 4
      const writing = Promise.all(Array.from({ length: writers }, (_, at) => write(at).then(() => writers--)))
      while (writers > 0) {
        const page = await subject.storage.read(under('/w/'))
        await subject.storage.compact(Math.min(page.revision, told))
        const again = await subject.storage.read(under('/w/'), { at: page.revision })
        assert.deepEqual(shown(again), shown(page))
        // A storage that answers at once would let nobody else have a turn.
        await new Promise(setImmediate)
      }
      await writing
      assert.equal((await watching).length, 400)
      await subject.storage.compact(405)
      assert.deepEqual(
        (await subject.storage.read(under('/w/'), { at: 405 })).entries.map(entry => text(entry.value)),
        ['99', '99', '99', '99'],
      )
    })
  })
}
