import type { NodeInfo } from '#scheduler/node-info.ts'
import { maxScore, type Rejection, type SchedulerPlugin } from '#scheduler/plugin.ts'
import type { Resources } from '#scheduler/resources.ts'

/** A node must have what a pod asks for, and the emptier it stays the better. */
export const nodeResourcesFit: SchedulerPlugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  wokenBy: ['node added', 'node allocatable', 'pod gone'],
  consider: ({ request, load }) => ({
    filter: node => shortage(request, node),
    score({ allocatable, load: taken }) {
      const cpu = spare(allocatable.cpu, taken.cpu + load.cpu)
      const memory = spare(allocatable.memory, taken.memory + load.memory)
      if (cpu === undefined || memory === undefined) return cpu ?? memory ?? 0
      return Math.floor((cpu + memory) / 2)
    },
  }),
}

/** The share of a capacity that stays free; undefined if there is none to share. */
const spare = (capacity: number, used: number): number | undefined =>
  capacity === 0 ? undefined : Math.floor((Math.max(0, capacity - used) * maxScore) / capacity)

function shortage(request: Resources, node: NodeInfo): Rejection | undefined {
  let reasons: string[] | undefined
  let lasting = false
  const check = (what: string, wanted: number, capacity: number, used: number): void => {
    if (wanted === 0 || wanted <= capacity - used) return
    ;(reasons ??= []).push(what === 'pods' ? 'Too many pods' : `Insufficient ${what}`)
    lasting ||= what !== 'pods' && wanted > capacity
  }
  const { allocatable, requested } = node
  check('pods', 1, node.room, node.pods.size)
  check('cpu', request.cpu, allocatable.cpu, requested.cpu)
  check('memory', request.memory, allocatable.memory, requested.memory)
  check('ephemeral-storage', request.ephemeralStorage, allocatable.ephemeralStorage, requested.ephemeralStorage)
  for (const [name, wanted] of request.others) {
    check(name, wanted, allocatable.others.get(name) ?? 0, requested.others.get(name) ?? 0)
  }
  return reasons && { reasons, lasting }
}
