import assert from 'node:assert/strict'
import type { Container } from '#api/core/v1.ts'
import type { ObservedContainer } from '#kubelet/runtime.ts'
import { at, ended, podOf } from '#kubelet/testing.ts'
import { crashWaitMs, durationText, restarts } from './restart.ts'

describe('the wait before a crashed container is restarted', () => {
  it('is nothing, then 10 s, and doubles up to 5 minutes', () => {
    const waits: number[] = []
    let attempts: ObservedContainer[] = []
    let now = 0
    for (let nth = 0; nth < 9; nth++) {
      attempts = [ended('app', 1, at(now), at(now + 1), nth), ...attempts].slice(0, 2)
      const waitMs = crashWaitMs(attempts)
      waits.push(waitMs / 1000)
      now += 1 + waitMs / 1000 + 0.3
    }
    assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300, 300])
  })
  it('is nothing again for a container that ran for more than 10 minutes', () => {
    assert.equal(crashWaitMs([ended('app', 1, at(100), at(800), 5), ended('app', 1, at(0), at(20), 4)]), 0)
  })
  it('starts at 10 s again after that', () => {
    assert.equal(crashWaitMs([ended('app', 1, at(800), at(801), 6), ended('app', 1, at(100), at(800), 5)]), 10_000)
  })
  it('is told in Go’s words', () =>
    assert.deepEqual(
      [10, 80, 300].map(each => durationText(each * 1000)),
      ['10s', '1m20s', '5m0s'],
    ))
})

describe('whether a container that ended is run again', () => {
  const app = (rest: Partial<Container> = {}): Container => ({ name: 'app', ...rest })
  it('follows the pod’s restart policy', () => {
    assert.equal(restarts(podOf({ restartPolicy: 'Always' }), app(), 0), true)
    assert.equal(restarts(podOf({ restartPolicy: 'OnFailure' }), app(), 0), false)
    assert.equal(restarts(podOf({ restartPolicy: 'OnFailure' }), app(), 1), true)
    assert.equal(restarts(podOf({ restartPolicy: 'Never' }), app(), 1), false)
  })
  it('follows the container’s own policy and rules first', () => {
    const rules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] as NonNullable<
      Container['restartPolicyRules']
    >
    const container = app({ restartPolicy: 'Never', restartPolicyRules: rules })
    assert.equal(restarts(podOf(), container, 42), true)
    assert.equal(restarts(podOf(), container, 1), false)
  })
})
