import { type AuditAnnotation, ValidatingAdmissionPolicy, type Validation } from '#api/admissionregistration/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import type { Compiled } from '#machinery/cel/compiled.ts'
import { compilePolicy } from '#machinery/cel/policy.ts'
import { qualifiedName } from '#machinery/names.ts'
import { each, oneOf, oneOfIfSet } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { validateConditions } from '#resources/conditions.ts'
import {
  defaultMatch,
  validateExpression,
  validateMatch,
  validateMatchConditions,
  validateParamKind,
  validateVariables,
} from './match.ts'
import { paramKindText } from './text.ts'

const mostAnnotations = 20
const longestAnnotation = 5 * 1024

export default resource(ValidatingAdmissionPolicy, {
  categories: ['api-extensions'],
  status: true,
  resets: { status: ['metadata'] },
  generation: true,
  conditionalUpdate: true,
  columns: [
    name,
    text('Validations', ({ spec }) => spec?.validations?.length ?? 0),
    text('ParamKind', ({ spec }) => paramKindText(spec?.paramKind)),
    age,
  ],

  default(policy) {
    const spec = (policy.spec ??= {})
    spec.failurePolicy ??= 'Fail'
    defaultMatch(spec.matchConstraints)
  },

  prepare(policy, before) {
    if (!before) policy.status = {}
  },

  *validate({ metadata, spec = {} }) {
    const { validations = [], auditAnnotations = [], matchConstraints: match } = spec
    yield* oneOf(spec.failurePolicy, 'spec.failurePolicy', ['Fail', 'Ignore'])
    if (spec.paramKind) yield* validateParamKind(spec.paramKind, 'spec.paramKind')
    if (!match) yield required('spec.matchConstraints')
    else {
      yield* validateMatch(match, 'spec.matchConstraints')
      if (!match.resourceRules?.length) yield required('spec.matchConstraints.resourceRules')
    }
    const compiled = compilePolicy(spec)
    yield* validateMatchConditions(spec.matchConditions, compiled.conditions, 'spec.matchConditions')
    yield* validateVariables(spec.variables, compiled.variables, 'spec.variables')
    if (validations.length === 0 && auditAnnotations.length === 0) {
      for (const field of ['validations', 'auditAnnotations'])
        yield required(`spec.${field}`, 'validations or auditAnnotations must contain at least one item')
      return
    }
    yield* each(validations, 'spec.validations', function* (validation, path, index) {
      yield* validateValidation(validation, compiled.validations[index], compiled.messages[index], path)
    })
    yield* validateAnnotations(auditAnnotations, compiled.annotations, metadata.name ?? '', 'spec.auditAnnotations')
  },

  *validateStatus({ status = {} }) {
    yield* each(status.typeChecking?.expressionWarnings, 'status.typeChecking.expressionWarnings', function* (warning, at) {
      if (!warning.warning) yield required(`${at}.warning`)
      if (!warning.fieldRef?.trim()) yield required(`${at}.fieldRef`)
    })
    yield* validateConditions(status.conditions, 'status.conditions')
  },
})

function* validateValidation(
  { expression, message = '', messageExpression, reason }: Validation,
  condition: Compiled | undefined,
  messageCompiled: Compiled | undefined,
  path: string,
): Generator<Cause> {
  if (!expression?.trim()) yield required(`${path}.expression`, 'expression is not specified')
  else yield* validateExpression(expression, condition, `${path}.expression`)
  if (messageExpression && !messageExpression.trim())
    yield invalidValue(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified')
  else if (messageExpression) yield* validateExpression(messageExpression, messageCompiled, `${path}.messageExpression`)
  if (message && !message.trim()) yield invalidValue(`${path}.message`, message, 'message must be non-empty if specified')
  else if (/[\n\r]/.test(message.trim())) yield invalidValue(`${path}.message`, message, 'message must not contain line breaks')
  yield* oneOfIfSet(reason, `${path}.reason`, ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'])
}

function* validateAnnotations(
  annotations: readonly AuditAnnotation[],
  compiled: readonly Compiled[],
  policy: string,
  path: string,
): Generator<Cause> {
  if (annotations.length > mostAnnotations)
    yield invalidValue(path, annotations, `must not have more than ${mostAnnotations} auditAnnotations`)
  const keys = annotations.map(({ key }) => key)
  yield* each(annotations, path, function* ({ key = '', valueExpression }, at, index) {
    if (policy) yield* invalidEach(`${at}.key`, `${policy}/${key}`, qualifiedName(`${policy}/${key}`))
    else yield invalidValue(`${at}.key`, key, 'requires metadata.name be non-empty')
    const expression = valueExpression?.trim() ?? ''
    if (!expression) yield required(`${at}.valueExpression`, 'valueExpression is not specified')
    else if (Buffer.byteLength(expression) > longestAnnotation)
      yield required(`${at}.valueExpression`, `must not exceed ${longestAnnotation} bytes in length`)
    else yield* validateExpression(expression, compiled[index], `${at}.valueExpression`)
    if (keys.indexOf(key) < index) yield duplicate(`${at}.key`, key)
  })
}
