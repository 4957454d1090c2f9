import type { ParamKind, ParamRef } from '#api/admissionregistration/v1.ts'
import type { LabelSelector } from '#api/meta/v1.ts'

/** Which kind of parameters a policy takes, as columns show it. */
export const paramKindText = (kind: ParamKind | undefined): string => (kind ? `${kind.apiVersion}/${kind.kind}` : '<unset>')

/** Which parameters a binding gives, as columns show it. */
export function paramRefText(ref: ParamRef | undefined): string {
  if (!ref) return '<unset>'
  const { namespace, name, selector } = ref
  if (name) return `${namespace || '*'}/${name}`
  return selector ? goText(selector) : '<unset>'
}

/** A selector as Go prints the struct, which is what upstream shows. */
function goText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map(key => `${key}: ${matchLabels[key]},`)
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}
