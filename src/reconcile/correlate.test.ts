import assert from 'node:assert/strict'
import type { Event } from '#api/core/v1.ts'
import { Correlator } from './correlate.ts'

const event = (message: string): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { namespace: 'default', name: `web.${message}` },
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'web', uid: '1' },
  source: { component: 'kubelet' },
  type: 'Normal',
  reason: 'Pulled',
  message,
  count: 1,
})
const at = (ms: number): Date => new Date(ms)

describe('the event correlator', () => {
  it('counts up an event that was seen before, under its first name', () => {
    const correlator = new Correlator()
    correlator.correlate(event('a'), at(0))
    const again = correlator.correlate({ ...event('a'), metadata: { name: 'other' } }, at(5000))
    assert.ok(again && 'again' in again)
    assert.equal(again.again.count, 2)
    assert.equal(again.again.metadata.name, 'web.a')
    assert.equal(again.again.lastTimestamp, '1970-01-01T00:00:05Z')
  })

  it('lets the tenth of similar events stand for those that follow', () => {
    const correlator = new Correlator()
    const told = Array.from({ length: 12 }, (_, n) => correlator.correlate(event(String(n)), at(n)))
    assert.ok(told.slice(0, 10).every(each => each && 'create' in each))
    assert.ok(told[9] && 'create' in told[9] && told[9].create.message === '(combined from similar events): 9')
    assert.ok(told[11] && 'again' in told[11] && told[11].again.message === '(combined from similar events): 11')
  })

  it('cuts a source short that has said 25 things of one object, and hears it again five minutes later', () => {
    const correlator = new Correlator()
    const told = Array.from({ length: 30 }, () => correlator.correlate(event('a'), at(0)))
    assert.equal(told.filter(Boolean).length, 25)
    assert.ok(correlator.correlate(event('a'), at(300_000)))
  })
})
