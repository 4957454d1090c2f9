import type { JWTPayload } from 'jose'
import type { User } from '#apiserver/user.ts'
import type { Program } from '#machinery/cel/compile.ts'
import { jsonValue } from '#machinery/cel/json-value.ts'
import { EvaluationError, type Value } from '#machinery/cel/value.ts'

/** A claim of a token, and what is written before its value. */
export interface Claim {
  readonly claim: string
  readonly prefix: string
}

/** A condition, and what is said where it is not met. */
export interface Rule {
  readonly condition: Program
  readonly message: string
}

/** How claims become a user: by their names, or by expressions about them. */
export interface ClaimMappings {
  readonly username: Claim | Program
  readonly groups?: Claim | Program
  readonly uid?: Claim | Program
  /** Expressions by the keys of what they come to. */
  readonly extra?: Readonly<Record<string, Program>>
  /** Claims that a token must have, with their values. */
  readonly requiredClaims: Readonly<Record<string, string>>
  readonly claimRules?: readonly Rule[]
  readonly userRules?: readonly Rule[]
}

/** Something in a token that keeps it from being anybody's. */
export class ClaimError extends Error {}

/** Whom the claims of a token name. Throws ClaimError. */
export function userOf(claims: JWTPayload, mappings: ClaimMappings): User {
  const { username, groups, uid, extra = {}, requiredClaims, claimRules = [], userRules = [] } = mappings
  const value = jsonValue(claims, undefined, 'claims')
  const evaluate = (program: Program): Value => evaluated(program, { claims: value })
  const user = {
    name: nameOf(claims, username, evaluate),
    groups: groups ? groupsOf(claims, groups, evaluate) : [],
    ...(uid && { uid: 'claim' in uid ? textIn(claims, uid) : insistOnText(evaluate(uid), 'uid') }),
    ...extraOf(claims, extra, evaluate),
  }
  for (const [claim, wanted] of Object.entries(requiredClaims))
    if (textIn(claims, { claim, prefix: '' }) !== wanted)
      throw new ClaimError(`oidc: required claim ${claim} value does not match`)
  for (const rule of claimRules) insist(rule, evaluate(rule.condition))
  if (userRules.length > 0) {
    const { name, ...rest } = user
    const shown = jsonValue({ uid: '', extra: {}, ...rest, username: name }, undefined, 'claims')
    for (const rule of userRules) insist(rule, evaluated(rule.condition, { user: shown }))
  }
  return user
}

type Evaluate = (program: Program) => Value

function evaluated(program: Program, variables: Readonly<Record<string, Value>>): Value {
  try {
    return program.evaluate(variables)
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    throw new ClaimError(`oidc: expression '${program.text}' resulted in error: ${error.message}`)
  }
}

function nameOf(claims: JWTPayload, username: Claim | Program, evaluate: Evaluate): string {
  if ('claim' in username) {
    if (username.claim === 'email' && 'email_verified' in claims && claims.email_verified !== true)
      throw new ClaimError('oidc: email not verified')
    return textIn(claims, username)
  }
  const name = insistOnText(evaluate(username), 'username')
  if (name === '') throw new ClaimError('oidc: empty username via CEL expression is not allowed')
  return name
}

function groupsOf(claims: JWTPayload, groups: Claim | Program, evaluate: Evaluate): readonly string[] {
  if (!('claim' in groups)) return textsIn(evaluate(groups))
  const { claim, prefix } = groups
  if (!(claim in claims)) return []
  const values = [claims[claim]].flat()
  if (!values.every(value => typeof value === 'string')) throw new ClaimError(`oidc: parse groups claim ${claim}: not texts`)
  return values.map(value => prefix + value)
}

function extraOf(claims: JWTPayload, extra: Readonly<Record<string, Program>>, evaluate: Evaluate): Pick<User, 'extra'> {
  const found = Object.entries(extra).map(([key, program]) => [key, textsIn(evaluate(program))] as const)
  if (typeof claims.jti === 'string' && claims.jti)
    found.unshift(['authentication.kubernetes.io/credential-id', [`JTI=${claims.jti}`]])
  const given = found.filter(([, values]) => values.length > 0)
  return given.length > 0 ? { extra: Object.fromEntries(given) } : {}
}

function insist({ condition, message }: Rule, value: Value): void {
  if (value !== true) throw new ClaimError(`oidc: validation expression '${condition.text}' failed: ${message}`)
}

function textIn(claims: JWTPayload, { claim, prefix }: Claim): string {
  const value = claims[claim]
  if (typeof value !== 'string') throw new ClaimError(`oidc: parse claim ${claim}: it is no text`)
  return prefix + value
}

function insistOnText(value: Value, what: string): string {
  if (typeof value !== 'string') throw new ClaimError(`oidc: ${what} claim expression must return a string`)
  return value
}

/** The texts of a value; empty ones, and null, are none. */
function textsIn(value: Value): readonly string[] {
  const values = value === null ? [] : Array.isArray(value) ? (value as readonly Value[]) : [value]
  if (!values.every(item => typeof item === 'string'))
    throw new ClaimError('oidc: expression must return a string or a list of strings')
  return values.filter(item => item !== '')
}
