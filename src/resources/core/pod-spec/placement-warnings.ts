import type { PodAffinity, PodSpec } from '#api/core/v1.ts'
import { deprecatedNodeLabel, warnOfNodeTerm } from '#resources/core/node-labels.ts'

const must = 'requiredDuringSchedulingIgnoredDuringExecution'
const should = 'preferredDuringSchedulingIgnoredDuringExecution'
const matchesNothing = 'a null labelSelector results in matching no pod'

/** What is odd about the nodes that a pod asks for, and about how it is spread over them. */
export function* warnOfPlacement(
  { nodeSelector, affinity, topologySpreadConstraints }: PodSpec,
  path: string,
): Generator<string> {
  for (const key of Object.keys(nodeSelector ?? {})) {
    const instead = deprecatedNodeLabel(key)
    if (instead) yield `${path}.nodeSelector[${key}]: ${instead}`
  }
  const { nodeAffinity } = affinity ?? {}
  const at = `${path}.affinity.nodeAffinity`
  for (const [index, term] of (nodeAffinity?.[must]?.nodeSelectorTerms ?? []).entries())
    yield* warnOfNodeTerm(term, false, `${at}.${must}.nodeSelectorTerms[${index}]`)
  for (const [index, term] of (nodeAffinity?.[should] ?? []).entries())
    yield* warnOfNodeTerm(term.preference, true, `${at}.${should}[${index}].preference`)
  for (const [index, { topologyKey, labelSelector }] of (topologySpreadConstraints ?? []).entries()) {
    const constraintAt = `${path}.topologySpreadConstraints[${index}]`
    const instead = deprecatedNodeLabel(topologyKey)
    if (instead) yield `${constraintAt}.topologyKey: ${topologyKey} is ${instead}`
    if (!labelSelector) yield `${constraintAt}.labelSelector: ${matchesNothing}`
  }
}

/** What is odd about the pods that a pod wants near, or far. */
export function* warnOfPodAffinity({ affinity }: PodSpec, path: string): Generator<string> {
  yield* warnOfTerms(affinity?.podAffinity, `${path}.podAffinity`)
  yield* warnOfTerms(affinity?.podAntiAffinity, `${path}.podAntiAffinity`)
}

function* warnOfTerms(affinity: PodAffinity | undefined, path: string): Generator<string> {
  for (const [index, { labelSelector }] of (affinity?.[must] ?? []).entries())
    if (!labelSelector) yield `${path}.${must}[${index}].labelSelector: ${matchesNothing}`
  for (const [index, { podAffinityTerm }] of (affinity?.[should] ?? []).entries())
    if (!podAffinityTerm?.labelSelector) yield `${path}.${should}[${index}].podAffinityTerm.labelSelector: ${matchesNothing}`
}
