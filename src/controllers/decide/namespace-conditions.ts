import type { NamespaceCondition } from '#api/core/v1.ts'
import { type Kind, qualified } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { conditionOf } from '#machinery/conditions.ts'
import { timestamp } from '#machinery/time.ts'

/** What is left of one kind in a namespace after an attempt to delete it all. */
export interface Leftover {
  readonly kind: Kind
  readonly objects: readonly KubeObject[]
  readonly failure?: Error
}

/** The conditions in upstream's order, with what they say when all is well. */
const fine: readonly (readonly [type: string, reason: string, message: string])[] = [
  ['NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'],
  ['NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  ['NamespaceDeletionContentFailure', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
  ['NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'],
  ['NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
]

/** The conditions of a namespace that is being deleted. `before` keeps its place and its times. */
export function namespaceConditions(
  before: readonly NamespaceCondition[] = [],
  leftovers: readonly Leftover[],
  undiscovered: Error | undefined,
  now: Date,
): NamespaceCondition[] {
  const wrong = new Map([...troubles(leftovers, undiscovered)].map(([type, reason, message]) => [type, { reason, message }]))
  const said = fine.map(([type, reason, message]): NamespaceCondition => {
    const trouble = wrong.get(type)
    const says = { type, status: trouble ? 'True' : 'False', ...(trouble ?? { reason, message }) }
    const known = conditionOf(before, type)
    const since = known?.status === says.status ? known.lastTransitionTime : undefined
    return { ...says, lastTransitionTime: since ?? timestamp(now) }
  })
  const others = before.filter(({ type }) => !wrong.has(type) && !fine.some(([each]) => each === type))
  return [...others, ...said]
}

function* troubles(
  leftovers: readonly Leftover[],
  undiscovered: Error | undefined,
): Generator<readonly [string, string, string]> {
  if (undiscovered) yield ['NamespaceDeletionDiscoveryFailure', 'DiscoveryFailed', undiscovered.message]

  const failures = leftovers.flatMap(({ failure }) => (failure ? [failure.message] : [])).sort()
  if (failures.length > 0) {
    const message = `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`
    yield ['NamespaceDeletionContentFailure', 'ContentDeletionFailed', message]
  }

  const remaining = leftovers.filter(({ objects }) => objects.length > 0)
  if (remaining.length > 0) {
    const counts = remaining.map(
      ({ kind, objects }) => `${qualified(kind)}${kind.group ? '' : '.'} has ${objects.length} resource instances`,
    )
    yield ['NamespaceContentRemaining', 'SomeResourcesRemain', `Some resources are remaining: ${counts.sort().join(', ')}`]
  }

  const finalizers = new Map<string, number>()
  for (const { objects } of remaining)
    for (const { metadata } of objects)
      for (const finalizer of metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
  if (finalizers.size > 0) {
    const counts = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`)
    const message = `Some content in the namespace has finalizers remaining: ${counts.sort().join(', ')}`
    yield ['NamespaceFinalizersRemaining', 'SomeFinalizersRemain', message]
  }
}
