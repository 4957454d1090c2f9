import { maxScore, type SchedulerPlugin } from '#scheduler/plugin.ts'

/** A pod had better go where it brings the use of processor and memory closer together. */
export const nodeResourcesBalancedAllocation: SchedulerPlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  consider({ request: { cpu, memory } }) {
    if (cpu === 0 && memory === 0) return
    return {
      score({ allocatable, requested }) {
        const evenness = (moreCpu: number, moreMemory: number): number =>
          balance(requested.cpu + moreCpu, allocatable.cpu, requested.memory + moreMemory, allocatable.memory)
        return maxScore / 2 + Math.trunc((maxScore / 2 + evenness(cpu, memory) - evenness(0, 0)) / 2)
      },
    }
  },
}

/** `maxScore` less the standard deviation of the two shares in use; a resource that the node lacks has no share. */
function balance(cpu: number, cpuCapacity: number, memory: number, memoryCapacity: number): number {
  if (cpuCapacity === 0 || memoryCapacity === 0) return maxScore
  const deviation = Math.abs(Math.min(1, cpu / cpuCapacity) - Math.min(1, memory / memoryCapacity)) / 2
  return Math.trunc((1 - deviation) * maxScore)
}
