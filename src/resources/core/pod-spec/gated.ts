import type { Affinity, NodeSelectorTerm, PodSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'

const must = 'requiredDuringSchedulingIgnoredDuringExecution'

/** Checks that where a pod which waits at a gate may run was narrowed, if it was changed. */
export function* validateGatedChange(spec: PodSpec, before: PodSpec, path: string): Generator<Cause> {
  const { nodeSelector = {} } = spec
  if (Object.entries(before.nodeSelector ?? {}).some(([key, value]) => nodeSelector[key] !== value)) {
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
    yield invalidValue(`${path}.nodeSelector`, spec.nodeSelector ?? null, detail)
  }
  const at = `${path}.affinity.nodeAffinity.${must}.nodeSelectorTerms`
  const termsBefore = termsOf(before)
  const terms = termsOf(spec)
  if (termsBefore.length === 0) return
  if (terms.length !== termsBefore.length) {
    yield invalidValue(at, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')
    return
  }
  for (const [index, term] of terms.entries()) {
    if (!isNarrower(term, termsBefore[index]!))
      yield invalidValue(`${at}[${index}]`, term, 'only additions are allowed (no mutations or deletions)')
  }
}

const termsOf = ({ affinity }: PodSpec): NodeSelectorTerm[] => affinity?.nodeAffinity?.[must]?.nodeSelectorTerms ?? []

/** Whether a term demands what the one before did, and perhaps more. A term that demands nothing finds nothing, and stays so. */
function isNarrower(term: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const
  if (lists.every(list => !before[list]?.length)) return lists.every(list => !term[list]?.length)
  return lists.every(list => {
    const old = before[list] ?? []
    return equal((term[list] ?? []).slice(0, old.length), old)
  })
}

/** An affinity with the old one's choice of nodes, to see whether anything else changed. */
export function withNodeAffinityOf(affinity: Affinity | undefined, before: Affinity | undefined): Affinity | undefined {
  const { nodeAffinity, ...others } = affinity ?? {}
  if (before?.nodeAffinity) return { ...others, nodeAffinity: before.nodeAffinity }
  return before || Object.keys(others).length ? others : undefined
}
