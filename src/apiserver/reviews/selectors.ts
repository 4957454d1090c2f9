import type { FieldSelectorAttributes, LabelSelectorAttributes } from '#api/authorization/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, required } from '#machinery/causes.ts'
import { fieldSelectorFrom } from '#machinery/field-selector.ts'
import { selectorOf } from '#machinery/labels.ts'

/** What is wrong with a selector in an access review (upstream: pkg/apis/authorization/validation). */
export function* selectorProblems(
  { rawSelector, requirements = [] }: FieldSelectorAttributes | LabelSelectorAttributes,
  path: string,
): Generator<Cause> {
  if (rawSelector && requirements.length > 0)
    yield invalidValue(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements')
  if (!rawSelector && requirements.length === 0)
    yield required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`)
  for (const [index, { key, operator, values = [] }] of requirements.entries()) {
    const at = `${path}.requirements[${index}]`
    if (!key) yield required(`${at}.key`, 'must be specified')
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) yield required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) yield forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    } else yield invalidValue(`${at}.operator`, operator, 'not a valid selector operator')
  }
}

/** The selector as a request would say it. What a request could not say is left out: a selector only narrows. */
export function fieldSelectorText({ rawSelector, requirements = [] }: FieldSelectorAttributes): string {
  if (rawSelector) return rawSelector
  const single = requirements.filter(
    ({ operator, values }) => values?.length === 1 && (operator === 'In' || operator === 'NotIn'),
  )
  const terms = single.map(({ key, operator, values }) => ({ field: key, equal: operator === 'In', value: values![0]! }))
  return fieldSelectorFrom(terms).toString()
}

export function labelSelectorText({ rawSelector, requirements = [] }: LabelSelectorAttributes): string {
  if (rawSelector) return rawSelector
  try {
    return selectorOf({ matchExpressions: requirements }).toString()
  } catch {
    return ''
  }
}
