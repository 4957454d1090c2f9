import type { Pod } from '#api/core/v1.ts'
import type { LabelSelector } from '#api/meta/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue } from '#machinery/causes.ts'
import type { Labels } from '#machinery/labels.ts'
import { qualifiedName } from '#machinery/names.ts'
import { each } from '#resources/checks.ts'

/** A selection of pods that are like the one that makes it in some labels, and unlike it in others. */
interface ByLabelKeys {
  labelSelector?: LabelSelector
  matchLabelKeys?: string[]
  mismatchLabelKeys?: string[]
}

/** Checks the labels in which pods are to be alike or not. */
export function* validateLabelKeys(term: ByLabelKeys, path: string): Generator<Cause> {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term
  for (const field of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const at = `${path}.${field}`
    if (!term[field]?.length) continue
    if (!labelSelector) yield forbidden(at, 'must not be specified when labelSelector is not set')
    else yield* each(term[field], at, (key, keyAt) => invalidEach(keyAt, key, qualifiedName(key)))
  }
  // The selector has one expression of each key already, added when the pod was made: a second is the client's.
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}))
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const index = matchLabelKeys.lastIndexOf(key)
    // The path is upstream's.
    if (index >= 0 && selected.has(key))
      yield invalidValue(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector')
    selected.add(key)
  }
  for (const [index, key] of matchLabelKeys.entries()) {
    if (mismatchLabelKeys.includes(key))
      yield invalidValue(`${path}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys')
  }
}

/** Adds to a new pod's selectors what their label keys mean for it. */
export function applyPodLabelKeys({ metadata, spec }: Pod): void {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  for (const affinity of [podAffinity, podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) applyLabelKeys(term, metadata.labels)
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      if (podAffinityTerm) applyLabelKeys(podAffinityTerm, metadata.labels)
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) applyLabelKeys(constraint, metadata.labels)
}

function applyLabelKeys(term: ByLabelKeys, labels: Labels | undefined): void {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term
  if (!labelSelector) return
  const keys = [...matchLabelKeys.map(key => [key, 'In'] as const), ...mismatchLabelKeys.map(key => [key, 'NotIn'] as const)]
  const added = keys.flatMap(([key, operator]) => {
    const value = labels?.[key]
    return value === undefined ? [] : [{ key, operator, values: [value] }]
  })
  if (added.length)
    term.labelSelector = { ...labelSelector, matchExpressions: [...(labelSelector.matchExpressions ?? []), ...added] }
}
