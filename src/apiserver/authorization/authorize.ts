import type { Attributes, Authorizer, User } from '#apiserver/user.ts'
import { forbidden } from './forbidden.ts'

/** Throws Forbidden unless a user may do something. */
export async function authorize(ask: Authorizer, user: User, attributes: Attributes): Promise<void> {
  const { decision, reason } = await ask(user, attributes)
  if (decision !== 'allow') throw forbidden(user, attributes, reason)
}
