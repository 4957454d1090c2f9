import assert from 'node:assert/strict'
import { HandClock } from '#apiserver/testing.ts'
import { openMemory } from '#storage/memory.ts'
import { Masters, renewEveryMs } from './masters.ts'

describe('API servers over one storage', () => {
  it('know of one another, of one that leaves at once, and of one that falls when its lease has lapsed', async () => {
    const [storage, clock] = [openMemory(), new HandClock()]
    const [a, b, c] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(address => new Masters(storage, clock, address))
    assert.deepEqual(await a!.renew(), ['10.0.0.1'])
    assert.deepEqual(await b!.renew(), ['10.0.0.1', '10.0.0.2'])
    assert.deepEqual(await c!.renew(), ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
    assert.deepEqual(await b!.leave(), ['10.0.0.1', '10.0.0.3'])
    assert.deepEqual(await a!.renew(), ['10.0.0.1', '10.0.0.3'])
    clock.pass(renewEveryMs)
    assert.deepEqual(await a!.renew(), ['10.0.0.1', '10.0.0.3'])
    clock.pass(renewEveryMs)
    assert.deepEqual(await a!.renew(), ['10.0.0.1'])
    assert.deepEqual(await c!.renew(), ['10.0.0.1', '10.0.0.3'])
    await storage.close()
  })
})
