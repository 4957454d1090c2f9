import type { Cause } from '#api/status.ts'
import { invalidValue } from '#machinery/causes.ts'

interface Counts {
  replicas?: number
  readyReplicas?: number
  availableReplicas?: number
}

/** Checks that a workload's counts of pods fit together. `ready` is what the message calls those that are ready. */
export function* validateReplicaCounts<T extends Counts>(
  status: T,
  parts: readonly (keyof T & string)[],
  ready: 'readyReplicas' | 'status.readyReplicas',
): Generator<Cause> {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status
  for (const part of parts) {
    const count = Number(status[part] ?? 0)
    if (count > replicas) yield invalidValue(`status.${part}`, count, 'cannot be greater than status.replicas')
  }
  if (availableReplicas > readyReplicas)
    yield invalidValue('status.availableReplicas', availableReplicas, `cannot be greater than ${ready}`)
}

/** Checks that a count of collisions only grows. */
export function* validateCollisions(now: number | undefined, before: number | undefined): Generator<Cause> {
  if (before !== undefined && (now ?? 0) < before) yield invalidValue('status.collisionCount', now ?? 0, 'cannot be decremented')
}
