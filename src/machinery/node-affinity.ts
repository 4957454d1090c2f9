import type { NodeSelector, NodeSelectorTerm, PodSpec } from '#api/core/v1.ts'
import { type Labels, type Operator, requirement, selectorFrom, selectorFromLabels } from './labels.ts'

/** What a pod may ask of a node by name and labels. */
export interface Named {
  readonly name: string
  readonly labels: Labels
}

/** Whether a node is one that was asked for. */
export type NodeTest = (node: Named) => boolean

/** The nodes that a pod's nodeSelector and required node affinity allow; undefined when the pod asks for none in particular. */
export function requiredNodes(spec: PodSpec): NodeTest | undefined {
  const selector =
    spec.nodeSelector && Object.keys(spec.nodeSelector).length > 0 ? selectorFromLabels(spec.nodeSelector) : undefined
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const matches = required && nodeSelectorTest(required)
  if (selector && matches) return node => selector.matches(node.labels) && matches(node)
  return selector ? node => selector.matches(node.labels) : matches
}

/** The nodes that at least one term of a NodeSelector describes. */
export function nodeSelectorTest(selector: NodeSelector): NodeTest {
  const tests = selector.nodeSelectorTerms.map(termTest)
  return node => tests.some(matches => matches(node))
}

/** The nodes that a term describes: an empty term, like one that makes no sense, describes none. */
export function termTest({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeTest {
  if (matchExpressions.length === 0 && matchFields.length === 0) return () => false
  try {
    const labels = selectorFrom(matchExpressions.map(each => requirement(each.key, each.operator as Operator, each.values ?? [])))
    const fields = matchFields.map(fieldTest)
    return node => labels.matches(node.labels) && fields.every(matches => matches(node))
  } catch {
    return () => false
  }
}

function fieldTest({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }): NodeTest {
  if (values.length !== 1) throw new Error('must have one element')
  if (operator !== 'In' && operator !== 'NotIn') throw new Error(`"${operator}" is not a field operator`)
  const wanted = operator === 'In'
  return ({ name }) => ((key === 'metadata.name' ? name : '') === values[0]) === wanted
}
