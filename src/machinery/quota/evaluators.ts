import type { ResourceQuota, ScopedResourceSelectorRequirement } from '#api/core/v1.ts'
import { type Kind, qualified } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Amounts } from '#machinery/pod-resources.ts'
import { claims } from './claims.ts'
import type { Evaluator } from './evaluator.ts'
import { pods } from './pods.ts'
import { services } from './services.ts'

/** Kinds that were counted by their plural before there was `count/…`. */
const plain = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'])

const special: Readonly<Record<string, Evaluator>> = {
  pods: pods as unknown as Evaluator,
  services: services as unknown as Evaluator,
  persistentvolumeclaims: claims as unknown as Evaluator,
}

/** How a kind counts: any kind does so by the number of its objects. */
export function evaluatorOf(kind: Pick<Kind, 'group' | 'plural'>): Evaluator {
  const name = qualified(kind)
  const found = Object.hasOwn(special, name) ? special[name] : undefined
  if (found) return found
  const names = [`count/${name}`, ...(plain.has(name) ? [name] : [])]
  return { counts: resource => names.includes(resource), usage: () => Object.fromEntries(names.map(each => [each, '1'])) }
}

/** The resources of a quota that an object of a kind uses, if the quota is about it at all. */
export function resourcesOf(
  quota: Readonly<ResourceQuota>,
  hard: Amounts,
  object: KubeObject,
  evaluator: Evaluator,
): readonly string[] {
  const counted = Object.keys(hard).filter(name => evaluator.counts(name))
  if (counted.length === 0) return []
  return scopesOf(quota).every(scope => evaluator.inScope?.(object, scope) ?? false) ? counted : []
}

/** The conditions under which a quota counts an object. */
export const scopesOf = ({ spec }: Readonly<ResourceQuota>): readonly ScopedResourceSelectorRequirement[] => [
  ...(spec?.scopes ?? []).map(scopeName => ({ scopeName, operator: 'Exists' as const })),
  ...(spec?.scopeSelector?.matchExpressions ?? []),
]
