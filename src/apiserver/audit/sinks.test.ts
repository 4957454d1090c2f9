import assert from 'node:assert/strict'
import { type Clock, realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { type Batching, buffered } from './buffered.ts'
import type { AuditEvent } from './event.ts'
import type { Sink } from './sink.ts'
import { truncated } from './truncated.ts'

const event = (auditID: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/',
  verb: 'get',
  user: {},
  requestReceivedTimestamp: '',
  stageTimestamp: '',
  ...more,
})

/** Remembers each batch; takes none while `held` is not resolved. */
class Shelf implements Sink {
  readonly blocks = true
  readonly batches: string[][] = []
  readonly whole: AuditEvent[] = []
  held: Promise<void> | undefined
  isOpen = true
  readonly write = async (events: readonly AuditEvent[]): Promise<boolean> => {
    await this.held
    this.batches.push(events.map(({ auditID }) => auditID))
    this.whole.push(...events)
    return true
  }
  readonly close = async (): Promise<void> => void (this.isOpen = false)
}

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `e${n}`)

describe('an audit sink that nobody waits for', () => {
  const usual: Batching = { bufferSize: 100, maxSize: 3, maxWaitMs: 60_000, sideBySide: false }
  const over = (shelf: Sink, batching: Partial<Batching>, lost: number[] = [], clock: Clock = realClock): Sink => {
    const log = { ...silent, error: (_: string, more?: object) => void lost.push((more as { dropped: number }).dropped) }
    return buffered(shelf, { ...usual, ...batching }, { clock, log }, new AbortController().signal)
  }

  it('writes full batches at once, and the rest when it is closed', async () => {
    const shelf = new Shelf()
    const sink = over(shelf, {})
    for (const name of names(7)) assert.equal(await sink.write([event(name)]), true)
    await sink.close()
    assert.deepEqual(shelf.batches.flat(), names(7))
    assert.ok(shelf.batches.every(batch => batch.length <= 3))
    assert.ok(!shelf.isOpen)
  })

  it('writes a batch that is not full when its time is over', async () => {
    const shelf = new Shelf()
    const sink = over(shelf, { maxWaitMs: 1 })
    await sink.write([event('e0')])
    while (shelf.batches.length === 0) await new Promise(resolve => setTimeout(resolve, 1))
    await sink.close()
    assert.deepEqual(shelf.batches, [['e0']])
  })

  it('drops what too many wait before, and says how many', async () => {
    const shelf = new Shelf()
    const { promise, resolve } = Promise.withResolvers<void>()
    shelf.held = promise
    const lost: number[] = []
    const sink = over(shelf, { bufferSize: 5, maxSize: 1 }, lost)
    await sink.write([event('first')])
    await new Promise(setImmediate)
    for (const name of names(8)) await sink.write([event(name)])
    resolve()
    await sink.close()
    assert.deepEqual(shelf.batches.flat(), ['first', ...names(5)])
    assert.deepEqual(lost, [3])
  })

  it('keeps to so many batches a second, but for those that were saved up', async () => {
    const slept: number[] = []
    const clock: Clock = {
      now: () => new Date(0),
      sleep: (ms, signal) => {
        if (ms < 60_000) slept.push(ms)
        return ms < 60_000 ? Promise.resolve() : realClock.sleep(ms, signal)
      },
    }
    const shelf = new Shelf()
    const sink = over(shelf, { maxSize: 1, throttle: { qps: 10, burst: 2 } }, [], clock)
    for (const name of names(4)) await sink.write([event(name)])
    while (shelf.batches.length < 4) await new Promise(setImmediate)
    await sink.close()
    assert.deepEqual(slept, [100, 200])
  })
})

describe('an audit sink for what is not too large', () => {
  const large = 'x'.repeat(1000)

  it('leaves out what was sent and answered, and says so; then gives up', async () => {
    const shelf = new Shelf()
    const sink = truncated(shelf, { maxEventSize: 500, maxBatchSize: 10_000 }, silent)
    const events = [
      event('small', { requestObject: 'x' }),
      event('large', { requestObject: large, responseObject: large, annotations: { a: 'b' } }),
      event('hopeless', { requestURI: large }),
      event('metadata', { level: 'Metadata', requestURI: large }),
    ]
    assert.equal(await sink.write(events), true)
    assert.deepEqual(shelf.batches, [['small', 'large']])
    assert.deepEqual(shelf.whole[0]?.requestObject, 'x')
    const { requestObject, responseObject, annotations } = shelf.whole[1]!
    assert.deepEqual([requestObject, responseObject], [undefined, undefined])
    assert.deepEqual(annotations, { a: 'b', 'audit.k8s.io/truncated': 'true' })
  })

  it('splits a batch that is', async () => {
    const shelf = new Shelf()
    const size = JSON.stringify(event('e0')).length
    await truncated(shelf, { maxEventSize: 500, maxBatchSize: 2 * size }, silent).write(names(5).map(name => event(name)))
    assert.deepEqual(shelf.batches, [['e0', 'e1'], ['e2', 'e3'], ['e4']])
  })
})
