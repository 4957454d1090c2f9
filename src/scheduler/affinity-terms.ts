import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '#api/core/v1.ts'
import { type Labels, selectorOf } from '#machinery/labels.ts'

/** Pods that a pod wants to be near to, or far from, within one topology domain. */
export interface AffinityTerm {
  readonly topologyKey: string
  /** 1 for a required term. */
  readonly weight: number
  /** `labelsOf` tells the labels of a namespace. */
  matches(pod: Pod, labelsOf: (namespace: string) => Labels): boolean
}

/** All that a pod says about other pods. */
export interface AffinityTerms {
  readonly near: readonly AffinityTerm[]
  readonly far: readonly AffinityTerm[]
  readonly preferNear: readonly AffinityTerm[]
  readonly preferFar: readonly AffinityTerm[]
}

/** The terms of a pod, ready to be asked; undefined for the many pods that have none. */
export function affinityTerms({ metadata, spec }: Pod): AffinityTerms | undefined {
  const { podAffinity: near, podAntiAffinity: far } = spec.affinity ?? {}
  if (!near && !far) return
  const term = (one: PodAffinityTerm, weight = 1): AffinityTerm => compile(one, weight, metadata.namespace ?? '')
  const weighted = ({ weight, podAffinityTerm }: WeightedPodAffinityTerm): AffinityTerm => term(podAffinityTerm, weight)
  return {
    near: (near?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(one => term(one)),
    far: (far?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(one => term(one)),
    preferNear: (near?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(weighted),
    preferFar: (far?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(weighted),
  }
}

/** A term speaks of the pod's own namespace unless it names or selects others. */
function compile(
  { topologyKey, labelSelector, namespaces = [], namespaceSelector }: PodAffinityTerm,
  weight: number,
  own: string,
): AffinityTerm {
  const pods = selectorOf(labelSelector)
  const selected = selectorOf(namespaceSelector)
  const named = new Set(namespaces.length > 0 || namespaceSelector ? namespaces : [own])
  return {
    topologyKey,
    weight,
    matches: ({ metadata }, labelsOf) => {
      const namespace = metadata.namespace ?? ''
      return (named.has(namespace) || selected.matches(labelsOf(namespace))) && pods.matches(metadata.labels)
    },
  }
}
