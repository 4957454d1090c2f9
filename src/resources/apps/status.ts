import type { Cause } from '#api/status.ts'
import { invalidValue } from '#machinery/causes.ts'
import { nonNegatives } from '#resources/checks.ts'

interface Counts {
  replicas?: number
  readyReplicas?: number
  availableReplicas?: number
}

/** Checks that a workload's counts of pods fit together. */
export function* validateReplicaCounts<T extends Counts>(status: T, parts: readonly (keyof T & string)[]): Generator<Cause> {
  yield* nonNegatives(status, 'status', ['replicas', ...parts])
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status
  for (const part of parts) {
    const count = Number(status[part] ?? 0)
    if (count > replicas) yield invalidValue(`status.${part}`, count, 'cannot be greater than status.replicas')
  }
  if (availableReplicas > readyReplicas)
    yield invalidValue('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas')
}
