import type { NodeSelectorTerm, Pod } from '#api/core/v1.ts'
import { requiredNodes, termTest } from '#machinery/node-affinity.ts'
import { type Opinion, type SchedulerPlugin, scale } from '#scheduler/plugin.ts'

const rejection = { reasons: ["node(s) didn't match Pod's node affinity/selector"], lasting: true }

/** Pods go to the nodes that their nodeSelector and node affinity ask for, and rather to those they prefer. */
export const nodeAffinity: SchedulerPlugin = {
  name: 'NodeAffinity',
  weight: 2,
  wokenBy: ['node added', 'node labels'],
  consider({ pod }) {
    const required = requiredNodes(pod.spec)
    const preferred = preferencesOf(pod)
    if (!required && !preferred) return
    const names = namesIn(
      pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [],
    )
    if (names?.size === 0) return { hopeless: 'pod affinity terms conflict' }
    return {
      ...(names && { only: names }),
      ...(required && { filter: node => (required(node) ? undefined : rejection) }),
      ...preferred,
    } satisfies Opinion
  },
}

function preferencesOf({ spec }: Pod): Opinion | undefined {
  const preferences = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  if (preferences.length === 0) return
  const terms = preferences.map(({ weight, preference }) => ({ weight, matches: termTest(preference) }))
  return { score: node => terms.reduce((sum, { weight, matches }) => sum + (matches(node) ? weight : 0), 0), normalize: scale }
}

/** The nodes that the terms ask for by name, if every term does: a DaemonSet's pod looks at its one node only. */
function namesIn(terms: readonly NodeSelectorTerm[]): Set<string> | undefined {
  let names: Set<string> | undefined
  for (const { matchFields = [] } of terms) {
    const sets = matchFields
      .filter(each => each.key === 'metadata.name' && each.operator === 'In')
      .map(each => new Set(each.values))
    if (sets.length === 0) return
    const both = sets.reduce((a, b) => a.intersection(b))
    names = names ? names.union(both) : both
  }
  return names
}
