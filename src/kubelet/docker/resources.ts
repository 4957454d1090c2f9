import type Docker from 'dockerode'
import type { Container, Pod } from '#api/core/v1.ts'
import { milli, value } from '#machinery/quantity.ts'
import type { Host } from './host.ts'

/** How unwilling the kernel is to kill a sandbox when memory is short. */
export const sandboxOomScore = -998

const guaranteed = -997
const bestEffort = 1000
const systemCritical = 2_000_000_000
const shares = { perCpu: 1024, min: 2, max: 262_144 } as const
const quotaPeriodMicros = 100_000
const minQuotaMicros = 1000

/** The engine's options for what a container may use, by upstream's formulas. */
export function resourceOptions(pod: Pod, container: Container, { memoryBytes, lowestOomScore }: Host): Docker.HostConfig {
  const { requests = {}, limits = {} } = container.resources ?? {}
  const cpuLimit = milli(limits.cpu ?? 0)
  const memoryLimit = value(limits.memory ?? 0)
  return {
    OomScoreAdj: Math.max(lowestOomScore, oomScore(pod, container, memoryBytes)),
    CpuShares: cpuShares(milli(requests.cpu ?? cpuLimit / 1000)),
    ...(cpuLimit > 0 && {
      CpuPeriod: quotaPeriodMicros,
      CpuQuota: Math.max(minQuotaMicros, (cpuLimit * quotaPeriodMicros) / 1000),
    }),
    // As much memory with swap as without: none is swapped.
    ...(memoryLimit > 0 && { Memory: memoryLimit, MemorySwap: memoryLimit }),
  }
}

const cpuShares = (millis: number): number =>
  Math.min(shares.max, Math.max(shares.min, Math.floor((millis * shares.perCpu) / 1000)))

/** The more memory a burstable container asked for, the later it is killed; one that asked for none goes first. */
export function oomScore(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  if ((pod.spec?.priority ?? 0) >= systemCritical || pod.status?.qosClass === 'Guaranteed') return guaranteed
  if (pod.status?.qosClass !== 'Burstable') return bestEffort
  const score = (bytes: number): number => 1000 - Math.floor((1000 * bytes) / nodeMemoryBytes)
  const own = score(memoryRequest(container))
  const isSidecar = pod.spec?.initContainers?.some(
    ({ name, restartPolicy }) => name === container.name && restartPolicy === 'Always',
  )
  const atMost = isSidecar ? score(Math.min(...(pod.spec?.containers ?? []).map(memoryRequest))) : bestEffort - 1
  return Math.max(1000 + guaranteed, Math.min(own, atMost, bestEffort - 1))
}

const memoryRequest = ({ resources }: Container): number => value(resources?.requests?.memory ?? 0)
