import type { ScopedResourceSelectorRequirement } from '#api/core/v1.ts'
import type { KubeObject } from '#api/object.ts'
import type { Amounts } from '#machinery/pod-resources.ts'

/** How one kind of object counts against quotas (upstream: pkg/quota/v1/evaluator). */
export interface Evaluator<T extends KubeObject = KubeObject> {
  /** Whether it is this kind's to say how much of a resource is used. */
  counts(resource: string): boolean
  /** What an object uses. */
  usage(object: Readonly<T>): Amounts
  /** Whether an object is in a scope. Default: in none. */
  inScope?(object: Readonly<T>, scope: ScopedResourceSelectorRequirement): boolean
  /** Why an object may not be made where these are limited; nothing if it may. */
  problem?(object: Readonly<T>, limited: readonly string[]): string | undefined
}
