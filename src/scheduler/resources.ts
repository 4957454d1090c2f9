import type { Container, Pod } from '#api/core/v1.ts'
import { milli, type QuantityText, value } from '#machinery/quantity.ts'

type Quantities = Readonly<Record<string, QuantityText>>

/** Amounts of what a node has and a pod asks for. `cpu` is in thousandths of a core, the rest in bytes and pieces. */
export interface Resources {
  cpu: number
  memory: number
  ephemeralStorage: number
  /** Huge pages and extended resources, by name. */
  readonly others: Map<string, number>
}

export const nothing = (): Resources => ({ cpu: 0, memory: 0, ephemeralStorage: 0, others: new Map() })

/** What a container counts as when it asks for nothing, so that scores spread such pods too. */
export const assumed: Quantities = { cpu: '100m', memory: String(200 * 1024 * 1024) }

/** Reads a list such as `allocatable` or `requests`. */
export function resourcesOf(list: Quantities | undefined): Resources {
  const found = nothing()
  for (const name in list) {
    const amount = list[name]!
    if (name === 'cpu') found.cpu = milli(amount)
    else if (name === 'memory') found.memory = value(amount)
    else if (name === 'ephemeral-storage') found.ephemeralStorage = value(amount)
    else if (name !== 'pods') found.others.set(name, value(amount))
  }
  return found
}

/** Adds (or with `sign` -1 takes away) an amount, in place. */
export function add(sum: Resources, amount: Resources, sign: 1 | -1 = 1): Resources {
  sum.cpu += sign * amount.cpu
  sum.memory += sign * amount.memory
  sum.ephemeralStorage += sign * amount.ephemeralStorage
  for (const [name, each] of amount.others) sum.others.set(name, (sum.others.get(name) ?? 0) + sign * each)
  return sum
}

function raise(floor: Resources, amount: Resources): void {
  floor.cpu = Math.max(floor.cpu, amount.cpu)
  floor.memory = Math.max(floor.memory, amount.memory)
  floor.ephemeralStorage = Math.max(floor.ephemeralStorage, amount.ephemeralStorage)
  for (const [name, each] of amount.others) floor.others.set(name, Math.max(floor.others.get(name) ?? 0, each))
}

/**
 * The most that a pod may use at once: its containers and sidecars together, or whichever init container needs more with
 * the sidecars started before it, and the overhead. Resources of the pod as a whole replace the sum of its containers'.
 */
export function requestOf({ spec }: Pod, missing?: Quantities): Resources {
  const request = (container: Container): Resources => resourcesOf({ ...missing, ...container.resources?.requests })
  const sum = nothing()
  for (const container of spec.containers) add(sum, request(container))
  const sidecars = nothing()
  const peak = nothing()
  for (const container of spec.initContainers ?? []) {
    const own = request(container)
    if (container.restartPolicy === 'Always') {
      add(sum, own)
      raise(peak, add(sidecars, own))
    } else raise(peak, add(own, sidecars))
  }
  raise(sum, peak)
  const whole = spec.resources?.requests
  if (whole) replace(sum, whole)
  return spec.overhead ? add(sum, resourcesOf(spec.overhead)) : sum
}

function replace(sum: Resources, whole: Quantities): void {
  const { cpu, memory, others } = resourcesOf(whole)
  if (whole.cpu !== undefined) sum.cpu = cpu
  if (whole.memory !== undefined) sum.memory = memory
  for (const [name, amount] of others) if (name.startsWith('hugepages-')) sum.others.set(name, amount)
}
