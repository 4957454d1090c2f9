import type { MatchCondition, MatchResources, ParamKind, ParamRef, Variable } from '#api/admissionregistration/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, notSupported, required, tooMany } from '#machinery/causes.ts'
import type { Compiled } from '#machinery/cel/compiled.ts'
import { CompilationError } from '#machinery/cel/problem.ts'
import { reserved } from '#machinery/cel/reserved.ts'
import { validateSelector } from '#machinery/labels.ts'
import { dns1035Label, dns1123Subdomain, qualifiedName } from '#machinery/names.ts'
import { each, oneOf, pathSegment } from '#resources/checks.ts'
import { validateNamedRule } from './rules.ts'

/*
 * What policies of both kinds, their bindings and webhooks have in common.
 */

/** What a policy or its binding leaves out of what it matches. */
export function defaultMatch(match: MatchResources | undefined): void {
  if (!match) return
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*'
}

/** Checks which requests a policy is about. */
export function* validateMatch(match: MatchResources | undefined, path: string): Generator<Cause> {
  if (!match) return
  yield* oneOf(match.matchPolicy, `${path}.matchPolicy`, ['Equivalent', 'Exact'])
  for (const selector of ['namespaceSelector', 'objectSelector'] as const)
    if (match[selector]) yield* validateSelector(match[selector], `${path}.${selector}`)
    else yield required(`${path}.${selector}`)
  yield* each(match.resourceRules, `${path}.resourceRules`, validateNamedRule)
  yield* each(match.excludeResourceRules, `${path}.excludeResourceRules`, validateNamedRule)
}

const mostConditions = 64

/** Checks the expressions that must hold for a request to be looked at. */
export function* validateMatchConditions(
  conditions: readonly MatchCondition[] = [],
  compiled: readonly Compiled[],
  path: string,
): Generator<Cause> {
  if (conditions.length > mostConditions) yield tooMany(path, conditions.length, mostConditions)
  const names = conditions.map(({ name }) => name)
  yield* each(conditions, path, function* ({ name, expression }, at, index) {
    if (!expression?.trim()) yield required(`${at}.expression`)
    else yield* validateExpression(expression, compiled[index], `${at}.expression`)
    if (!name) yield required(`${at}.name`)
    else {
      yield* invalidEach(`${at}.name`, name, qualifiedName(name))
      if (names.indexOf(name) < index) yield duplicate(`${at}.name`, name)
    }
  })
}

/** Checks which kind a policy's parameters have. */
export function* validateParamKind({ apiVersion = '', kind = '' }: ParamKind, path: string): Generator<Cause> {
  const parts = apiVersion.split('/')
  if (!apiVersion) yield required(`${path}.apiVersion`)
  else if (parts.length > 2) yield invalidValue(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)
  else {
    const [version = '', group = ''] = parts.reverse()
    const groupProblems = group ? dns1123Subdomain(group) : []
    if (groupProblems.length > 0) yield invalidValue(`${path}.apiVersion`, group, groupProblems.join(','))
    const versionProblems = dns1035Label(version)
    if (!version) yield invalidValue(`${path}.apiVersion`, apiVersion, 'version must be specified')
    else if (versionProblems.length > 0) yield invalidValue(`${path}.apiVersion`, version, versionProblems.join(','))
  }
  const problems = dns1035Label(kind.toLowerCase())
  if (!kind) yield required(`${path}.kind`)
  else if (problems.length > 0)
    yield invalidValue(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`)
}

/** Checks which parameters a binding gives its policy. */
export function* validateParamRef(ref: ParamRef | undefined, path: string): Generator<Cause> {
  if (!ref) return
  const { name, selector, parameterNotFoundAction: action } = ref
  const exclusive = 'name and selector are mutually exclusive'
  if (name) {
    yield* invalidEach(`${path}.name`, name, pathSegment(name))
    if (selector) yield forbidden(`${path}.name`, exclusive)
  }
  if (selector) {
    yield* validateSelector(selector, `${path}.selector`)
    if (name) yield forbidden(`${path}.selector`, exclusive)
  }
  if (!name && !selector) yield required(path, 'one of name or selector must be specified')
  if (!action) yield required(`${path}.parameterNotFoundAction`)
  else if (action !== 'Deny' && action !== 'Allow')
    yield notSupported(`${path}.parameterNotFoundAction`, action, ['Deny', 'Allow'])
}

/** Checks that an expression means something. */
export function* validateExpression(text: string, compiled: Compiled | undefined, path: string): Generator<Cause> {
  if (compiled instanceof CompilationError) yield invalidValue(path, text, compiled.message)
}

/** Checks expressions that others may use, and their names. */
export const validateVariables = (
  variables: readonly Variable[] | undefined,
  compiled: readonly Compiled[],
  path: string,
): Generator<Cause> =>
  each(variables, path, function* ({ name, expression }, at, index) {
    if (!name?.trim()) yield required(`${at}.name`, 'name is not specified')
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reserved.has(name))
      yield invalidValue(`${at}.name`, name, 'name is not a valid CEL identifier')
    if (!expression?.trim()) yield required(`${at}.expression`, 'expression is not specified')
    else yield* validateExpression(expression, compiled[index], `${at}.expression`)
  })
