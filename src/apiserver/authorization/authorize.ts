import type { Attributes, Authorizer, User } from '#apiserver/user.ts'
import { forbidden } from './forbidden.ts'

/** Asks whether a user may do something, one authorizer after the other, until one knows. Throws Forbidden. */
export async function authorize(authorizers: readonly Authorizer[], user: User, attributes: Attributes): Promise<void> {
  for (const ask of authorizers) {
    const verdict = await ask(user, attributes)
    if (verdict === 'allow') return
    if (verdict) throw forbidden(user, attributes, verdict.deny)
  }
  throw forbidden(user, attributes)
}
