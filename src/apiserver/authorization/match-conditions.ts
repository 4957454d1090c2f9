import type { SubjectAccessReviewSpec } from '#api/authorization/v1.ts'
import { compile, type Environment, type Program } from '#machinery/cel/compile.ts'
import { functions } from '#machinery/cel/functions/index.ts'
import { jsonValue } from '#machinery/cel/json-value.ts'
import { bool, list, map, object, string, texts } from '#machinery/cel/type.ts'
import { EvaluationError } from '#machinery/cel/value.ts'

const requirement = object('kubernetes.SelectorRequirement', { ...texts('key', 'operator'), values: list(string) })
const selector = (of: 'Field' | 'Label') =>
  object(`kubernetes.${of}SelectorAttributes`, { rawSelector: string, requirements: list(requirement) })

const request = object('kubernetes.SubjectAccessReviewSpec', {
  ...texts('user', 'uid'),
  groups: list(string),
  extra: map(string, list(string)),
  resourceAttributes: object('kubernetes.ResourceAttributes', {
    ...texts('namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'),
    fieldSelector: selector('Field'),
    labelSelector: selector('Label'),
  }),
  nonResourceAttributes: object('kubernetes.NonResourceAttributes', texts('path', 'verb')),
})

const environment: Environment = { variables: { request }, functions }

/** A condition about the `request` that a webhook is to be asked about (upstream: apiserver/pkg/authorization/cel). Throws CompilationError. */
export const matchCondition = (text: string): Program => compile(text, environment, bool)

/** Whether a question meets all conditions. One that is not met decides, even where others fail. Throws how they fail. */
export function meets(conditions: readonly Program[], spec: SubjectAccessReviewSpec): boolean {
  const variables = { request: jsonValue(whole(spec), request) }
  const failures: string[] = []
  for (const condition of conditions)
    try {
      if (condition.evaluate(variables) !== true) return false
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      failures.push(`cel evaluation error: expression '${condition.text}' resulted in error: ${error.message}`)
    }
  if (failures.length > 0) throw new EvaluationError(failures.length > 1 ? `[${failures.join(', ')}]` : failures[0]!)
  return true
}

/** A question with all its texts: an expression need not ask whether there is a namespace. */
function whole({ resourceAttributes, ...spec }: SubjectAccessReviewSpec): object {
  const empty = { namespace: '', verb: '', group: '', version: '', resource: '', subresource: '', name: '' }
  return {
    uid: '',
    groups: [],
    extra: {},
    ...spec,
    ...(resourceAttributes && { resourceAttributes: { ...empty, ...resourceAttributes } }),
  }
}
