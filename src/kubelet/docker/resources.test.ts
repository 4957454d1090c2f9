import assert from 'node:assert/strict'
import { podOf } from '#kubelet/runtime.contract.ts'
import { oomScore, resourceOptions } from './resources.ts'

const gigabyte = 2 ** 30
const host = { memoryBytes: 10 * gigabyte, lowestOomScore: -1000 }

function optionsOf(resources: {
  requests?: Record<string, string>
  limits?: Record<string, string>
}): ReturnType<typeof resourceOptions> {
  const pod = podOf('pod', { resources })
  return resourceOptions(pod, pod.spec!.containers[0]!, host)
}

describe('what a container may use', () => {
  it('is its share of the processors by its request, or by its limit', () => {
    assert.equal(optionsOf({}).CpuShares, 2)
    assert.equal(optionsOf({ requests: { cpu: '250m' } }).CpuShares, 256)
    assert.equal(optionsOf({ limits: { cpu: '500m' } }).CpuShares, 512)
    assert.equal(optionsOf({ requests: { cpu: '1m' } }).CpuShares, 2)
  })

  it('is no more than its limits, without swap', () => {
    assert.deepEqual(optionsOf({ limits: { cpu: '1500m', memory: '64Mi' } }), {
      ...{
        OomScoreAdj: 1000,
        CpuShares: 1536,
        CpuPeriod: 100_000,
        CpuQuota: 150_000,
        Memory: 64 * 2 ** 20,
        MemorySwap: 64 * 2 ** 20,
      },
    })
    assert.equal(optionsOf({ limits: { cpu: '1m' } }).CpuQuota, 1000)
  })

  it('is the safer from being killed the better its quality of service and the more memory it asked for', () => {
    const score = (qosClass: string, memory: string, priority = 0): number => {
      const pod = podOf('pod', { resources: { requests: { memory } } }, { priority })
      pod.status = { qosClass } as NonNullable<typeof pod.status>
      return oomScore(pod, pod.spec!.containers[0]!, host.memoryBytes)
    }
    assert.equal(score('Guaranteed', '1Gi'), -997)
    assert.equal(score('BestEffort', '0'), 1000)
    assert.equal(score('Burstable', '1Gi'), 900)
    assert.equal(score('Burstable', '0'), 999)
    assert.equal(score('Burstable', '20Gi'), 3)
    assert.equal(score('BestEffort', '0', 2_000_001_000), -997)
  })

  it('is never safer than the machine allows', () => {
    const pod = podOf('pod', {})
    pod.status = { qosClass: 'Guaranteed' }
    assert.equal(resourceOptions(pod, pod.spec!.containers[0]!, { ...host, lowestOomScore: 0 }).OomScoreAdj, 0)
  })
})
