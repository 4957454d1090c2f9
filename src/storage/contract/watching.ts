import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { type Batch, type Event, one, type Range, type Revision, under } from '#storage/storage.ts'
import { type Subject, text } from './subject.ts'

/** Replay, following, progress, pace, ending. */
export function watching(subject: Subject): void {
  describe('watching', () => {
    it('replays what was missed, then follows: value, previous value and deletion', async () => {
      await subject.put('/a', '1')
      const batches = subject.storage.watch(one('/a'), 0, subject.stop.signal)[Symbol.asyncIterator]()
      const first: Batch = (await batches.next()).value
      assert.deepEqual(
        first.events.map(event => [event.key, text(event.value), event.previous, event.revision]),
        [['/a', '1', undefined, 1]],
      )
      const second = batches.next()
      await subject.put('/a', '2', 1)
      assert.deepEqual(
        (await second).value.events.map((event: Event) => [
          text(event.value),
          text(event.previous?.value),
          event.previous?.revision,
        ]),
        [['2', '1', 1]],
      )
      const third = batches.next()
      await subject.put('/a', undefined, 2)
      assert.deepEqual(
        (await third).value.events.map((event: Event) => [event.value, text(event.previous?.value), event.revision]),
        [[undefined, '2', 3]],
      )
    })

    it('begins after the revision that was asked for', async () => {
      for (let at = 0; at < 5; at++) await subject.put(`/${at}`, 'x')
      const events = await subject.take(subject.storage.watch(under('/'), 3, subject.stop.signal), { count: 2 })
      assert.deepEqual(
        events.map(event => event.revision),
        [4, 5],
      )
    })

    it('tells by an empty batch how far history has come: at once, and when other ranges are written', async () => {
      await subject.put('/b/x', '1')
      const batches = subject.storage.watch(under('/a/'), 1, subject.stop.signal)[Symbol.asyncIterator]()
      assert.deepEqual((await batches.next()).value, { revision: 1, events: [] })
      const next = batches.next()
      await subject.put('/b/x', '2', 1)
      assert.deepEqual((await next).value, { revision: 2, events: [] })
    })

    it('waits for a revision that has not come yet, and tells only what comes after it', async () => {
      const events = subject.take(subject.storage.watch(under('/'), 2, subject.stop.signal), { count: 1 })
      for (let at = 0; at < 3; at++) await subject.put(`/${at}`, 'x')
      assert.deepEqual(
        (await events).map(event => event.key),
        ['/2'],
      )
    })

    it('leaves no gap and repeats nothing for slow watchers while many write', async () => {
      const writers = 8
      const each = 150
      const total = writers * each
      const pace = async (pause: number): Promise<void> => {
        for (let at = 0; at < pause; at++) await new Promise(setImmediate)
      }
      const watch = async (range: Range, after: Revision, pause: number): Promise<Event[]> => {
        const events: Event[] = []
        for await (const batch of subject.storage.watch(range, after, subject.stop.signal)) {
          for (const event of batch.events) assert.ok(event.revision <= batch.revision)
          events.push(...batch.events)
          if (batch.revision >= total) break
          await pace(pause)
        }
        return events
      }
      const watching = [0, 1, 7, 40].map(pause => watch(under('/'), 0, pause))
      const part = watch(under('/3/'), 0, 3)
      await Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          for (let at = 0, expected = 0; at < each; at++) expected = await subject.put(`/${writer}/x`, `${at}`, expected)
        }),
      )
      const all = Array.from({ length: total }, (_, at) => at + 1)
      for (const events of await Promise.all(watching))
        assert.deepEqual(
          events.map(event => event.revision),
          all,
        )
      assert.deepEqual(
        (await part).map(event => text(event.value)),
        Array.from({ length: each }, (_, at) => `${at}`),
      )
      const late = await watch(under('/'), total / 2, 0)
      assert.deepEqual(
        late.map(event => event.revision),
        all.slice(total / 2),
      )
    })

    it('gives pages and events that fit together: a page and what came after it make the present', async () => {
      const writing = (async () => {
        for (let at = 0; at < 200; at++) {
          const key = `/${at % 7}`
          const [entry] = (await subject.storage.read(one(key))).entries
          await subject.put(key, entry && at % 3 === 0 ? undefined : `${at}`, entry?.revision)
        }
      })()
      const page = await subject.storage.read(under('/'))
      const mirror = new Map(page.entries.map(entry => [entry.key, text(entry.value)]))
      await writing
      const { revision, entries } = await subject.storage.read(under('/'))
      assert.equal(revision, 200)
      for (const event of await subject.take(subject.storage.watch(under('/'), page.revision, subject.stop.signal), {
        until: revision,
      })) {
        if (event.value) mirror.set(event.key, text(event.value))
        else mirror.delete(event.key)
      }
      assert.deepEqual(
        [...mirror].sort(),
        entries.map(entry => [entry.key, text(entry.value)]),
      )
    })

    it('ends when the signal aborts, asleep or not, and leaves nothing on the signal', async () => {
      const batches = [1, 2, 3].map(() => subject.storage.watch(under('/'), 0, subject.stop.signal)[Symbol.asyncIterator]())
      const watching = batches.map(async each => {
        const events: Event[] = []
        while (events.length < 20) events.push(...(await each.next()).value.events)
        return events
      })
      for (let at = 0; at < 20; at++) await subject.put(`/${at}`, 'x')
      await Promise.all(watching)
      const asleep = batches.map(each => each.next())
      await new Promise(setImmediate)
      assert.ok(getEventListeners(subject.stop.signal, 'abort').length <= 3)
      subject.stop.abort()
      for (const { done } of await Promise.all(asleep)) assert.ok(done)
      assert.equal(getEventListeners(subject.stop.signal, 'abort').length, 0)
      assert.deepEqual(await subject.take(subject.storage.watch(under('/'), 0, subject.stop.signal), {}), [])
    })

    it('ends when the storage closes', async () => {
      await subject.put('/a', '1')
      const watching = subject.take(subject.storage.watch(under('/'), 0, subject.stop.signal), {})
      await subject.storage.close()
      assert.ok((await watching).length <= 1)
      assert.equal(getEventListeners(subject.stop.signal, 'abort').length, 0)
    })
  })
}
