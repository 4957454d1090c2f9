import { claimCondition, claimExpression, userCondition } from '#apiserver/authentication/claim-expression.ts'
import type { Claim, ClaimMappings, Rule } from '#apiserver/authentication/claims.ts'
import { duplicate, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import type { Program } from '#machinery/cel/compile.ts'
import { CompilationError } from '#machinery/cel/problem.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import type { Reading } from './reading.ts'

/** Reads how the claims of an authenticator become a user, and what must hold for them. */
export function claimMappings(authenticator: Reading): ClaimMappings {
  const { requiredClaims, claimRules } = claimRulesOf(authenticator.list('claimValidationRules'))
  const mappings = authenticator.at('claimMappings').only('username', 'groups', 'uid', 'extra')
  const username = prefixed(mappings.at('username'), true) ?? { claim: '', prefix: '' }
  const groups = prefixed(mappings.at('groups'), false)
  const uid = claimOr(mappings.at('uid').only('claim', 'expression'), '')
  const extra = extraOf(mappings.list('extra'))
  const userRules = userRulesOf(authenticator.list('userValidationRules'))
  const conditions = claimRules.map(({ condition }) => condition)
  if (reads(username, 'email') && ![username, ...Object.values(extra), ...conditions].some(each => reads(each, 'email_verified')))
    mappings.refuse('username.expression', invalidValue('', 'text' in username ? username.text : '', unverified).message)
  return {
    username,
    ...(groups && { groups }),
    ...(uid && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
    requiredClaims,
    ...(claimRules.length > 0 && { claimRules }),
    ...(userRules.length > 0 && { userRules }),
  }
}

const unverified =
  'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'

const reads = (from: Claim | Program, field: string): boolean => 'reads' in from && from.reads(field, 'claims')

/** An expression in a field, understood; nothing if it means nothing, which is noted. */
function compiled(reading: Reading, field: string, compile: (text: string) => Program): Program | undefined {
  const text = reading.text(field)
  try {
    return compile(text)
  } catch (error) {
    if (!(error instanceof CompilationError)) throw error
    reading.refuse(field, invalidValue('', text, error.message).message)
    return undefined
  }
}

const both = "claim and expression can't both be set"

/** The claim or the expression that is named; nothing if there is none, or nothing good. */
function claimOr(reading: Reading, prefix: string): Claim | Program | undefined {
  const claim = reading.text('claim')
  if (!reading.text('expression')) return claim ? { claim, prefix } : undefined
  if (!claim) return compiled(reading, 'expression', claimExpression)
  reading.refuse('', invalidValue('', '', both).message)
  return undefined
}

function prefixed(reading: Reading, isRequired: boolean): Claim | Program | undefined {
  reading.only('claim', 'prefix', 'expression')
  const [claim, expression] = [reading.text('claim'), reading.text('expression')]
  const hasPrefix = 'prefix' in reading.value
  if (isRequired && !claim && !expression) reading.refuse('', required('', 'claim or expression is required').message)
  if (claim && !expression && !hasPrefix)
    reading.refuse(
      'prefix',
      required('', 'prefix is required when claim is set. It can be set to an empty string to disable prefixing').message,
    )
  if (!claim && expression && hasPrefix)
    reading.refuse('prefix', invalidValue('', reading.text('prefix'), 'may not be specified when expression is set').message)
  return claimOr(reading, reading.text('prefix'))
}

function extraOf(mappings: readonly Reading[]): Record<string, Program> {
  const extra: Record<string, Program> = {}
  const keys = new Set<string>()
  for (const mapping of mappings) {
    const key = mapping.only('key', 'valueExpression').text('key')
    for (const why of keyProblems(key)) mapping.refuse('key', why)
    if (keys.has(key)) mapping.refuse('key', duplicate('', key).message)
    else if (mapping.text('valueExpression', true)) {
      const program = compiled(mapping, 'valueExpression', claimExpression)
      if (program) extra[key] = program
    }
    keys.add(key)
  }
  return extra
}

function* keyProblems(key: string): Generator<string> {
  if (!key) return yield required('').message
  const at = key.indexOf('/')
  const [domain, path] = [key.slice(0, Math.max(at, 0)), key.slice(at + 1)]
  if (!domain || !path) yield invalidValue('', key, 'must be a domain-prefixed path (such as "acme.io/foo")').message
  else for (const { message } of invalidEach('', domain, dns1123Subdomain(domain))) yield message
  if (key !== key.toLowerCase()) yield invalidValue('', key, 'must be lowercase').message
  if (/(^|\.)(kubernetes|k8s)\.io$/.test(domain))
    yield invalidValue('', key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use').message
}

function claimRulesOf(rules: readonly Reading[]): { requiredClaims: Record<string, string>; claimRules: Rule[] } {
  const requiredClaims: Record<string, string> = {}
  const claimRules: Rule[] = []
  for (const rule of rules) {
    rule.only('claim', 'requiredValue', 'expression', 'message')
    const [claim, value, expression, message] = ['claim', 'requiredValue', 'expression', 'message'].map(field =>
      rule.text(field),
    ) as [string, string, string, string]
    if (claim && expression) rule.refuse('', invalidValue('', claim, both).message)
    else if (claim) {
      if (message) rule.refuse('message', invalidValue('', message, 'may not be specified when claim is set').message)
      if (Object.hasOwn(requiredClaims, claim)) rule.refuse('claim', duplicate('', claim).message)
      requiredClaims[claim] = value
    } else if (expression) {
      if (value) rule.refuse('requiredValue', invalidValue('', value, 'may not be specified when expression is set').message)
      addRule(claimRules, rule, message, claimCondition)
    } else rule.refuse('', required('', 'claim or expression is required').message)
  }
  return { requiredClaims, claimRules }
}

function userRulesOf(rules: readonly Reading[]): Rule[] {
  const found: Rule[] = []
  for (const rule of rules)
    if (rule.only('expression', 'message').text('expression', true)) addRule(found, rule, rule.text('message'), userCondition)
  return found
}

/** Adds the rule of an expression, if that means something and is not there yet. */
function addRule(rules: Rule[], rule: Reading, message: string, compile: (text: string) => Program): void {
  const text = rule.text('expression')
  if (rules.some(({ condition }) => condition.text === text)) rule.refuse('expression', duplicate('', text).message)
  else {
    const condition = compiled(rule, 'expression', compile)
    if (condition) rules.push({ condition, message })
  }
}
