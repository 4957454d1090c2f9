import type { NodeSelectorTerm } from '#api/core/v1.ts'
import { labelValue } from '#machinery/names.ts'

const deprecated: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
}

/** What to use instead of a label of nodes that is deprecated; nothing for others (upstream: pkg/api/node/util.go). */
export const deprecatedNodeLabel = (key = ''): string | undefined =>
  Object.hasOwn(deprecated, key) ? deprecated[key] : undefined

/** What is odd about a term that nodes may fulfil. Where a value may be anything, one that no label can have is odd too. */
export function* warnOfNodeTerm(term: NodeSelectorTerm | undefined, anyValue: boolean, path: string): Generator<string> {
  for (const [index, { key, values = [] }] of (term?.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`
    const instead = deprecatedNodeLabel(key)
    if (instead) yield `${at}.key: ${key} is ${instead}`
    if (!anyValue) continue
    for (const [position, value] of values.entries())
      for (const problem of labelValue(value)) yield `${at}.values[${position}]: ${value} is invalid, ${problem}`
  }
}
