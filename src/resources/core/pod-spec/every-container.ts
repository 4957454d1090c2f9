import type { Container, EphemeralContainer, PodSpec } from '#api/core/v1.ts'

/** A container of a pod, wherever it is listed. */
export type AnyContainer = Container | EphemeralContainer

/** All containers of a pod, with their paths, in the order in which upstream visits them. */
export function* containersOf(spec: PodSpec, path: string): Generator<[AnyContainer, string]> {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) yield [container, `${path}.${list}[${index}]`]
  }
}
