import assert from 'node:assert/strict'
import type { Pod } from '#api/core/v1.ts'
import { assumed, requestOf } from './resources.ts'

const container = (cpu: string | undefined, more: object = {}) => ({
  name: 'c',
  image: 'i',
  resources: cpu ? { requests: { cpu } } : {},
  ...more,
})
const cpu = (spec: object, missing?: Record<string, string>): number =>
  requestOf({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec } as Pod, missing).cpu

describe('what a pod asks for', () => {
  it('is the sum of its containers', () => {
    assert.equal(cpu({ containers: [container('100m'), container('1')] }), 1100)
  })

  it('is what an init container needs if that is more', () => {
    assert.equal(cpu({ containers: [container('100m')], initContainers: [container('2'), container('1')] }), 2000)
  })

  it('has sidecars beside the containers, and beside the init containers after them', () => {
    const sidecar = container('500m', { restartPolicy: 'Always' })
    assert.equal(cpu({ containers: [container('100m')], initContainers: [sidecar] }), 600)
    assert.equal(cpu({ containers: [container('100m')], initContainers: [container('1'), sidecar] }), 1000)
    assert.equal(cpu({ containers: [container('100m')], initContainers: [sidecar, container('1')] }), 1500)
  })

  it('has the overhead on top, and what the pod as a whole asks for instead of the sum', () => {
    assert.equal(cpu({ containers: [container('100m')], overhead: { cpu: '50m' } }), 150)
    assert.equal(cpu({ containers: [container('100m')], resources: { requests: { cpu: '1' } }, overhead: { cpu: '50m' } }), 1050)
  })

  it('counts as a little for containers that ask for nothing, when it comes to scores', () => {
    assert.equal(cpu({ containers: [container(undefined), container('1')] }), 1000)
    assert.equal(cpu({ containers: [container(undefined), container('1')] }, assumed as Record<string, string>), 1100)
  })
})
