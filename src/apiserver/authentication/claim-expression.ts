import { compile, type Environment, type Program } from '#machinery/cel/compile.ts'
import { functions } from '#machinery/cel/functions/index.ts'
import { CompilationError } from '#machinery/cel/problem.ts'
import { any, list, map, object, string } from '#machinery/cel/type.ts'

const claims: Environment = { variables: { claims: map(string, any) }, functions }

const userInfo = object('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: list(string),
  extra: map(string, list(string)),
})
const user: Environment = { variables: { user: userInfo }, functions }

/*
 * What an AuthenticationConfiguration may say in CEL (upstream: apiserver/pkg/authentication/cel). All throw CompilationError.
 */

/** An expression about `claims`, those of a token. What it comes to is known only when it is met. */
export const claimExpression = (text: string): Program => compile(text, claims)

/** A condition that the `claims` of a token must meet. */
export const claimCondition = (text: string): Program => condition(text, claims)

/** A condition that the `user` must meet whom the claims of a token have come to. */
export const userCondition = (text: string): Program => condition(text, user)

function condition(text: string, environment: Environment): Program {
  const program = compile(text, environment)
  if (program.type.kind !== 'bool') throw new CompilationError('must evaluate to bool')
  return program
}
