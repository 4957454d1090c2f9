import type { JWTPayload } from 'jose'
import { type Claims, nameOf } from './service-account-claims.ts'
import { signingKey, tokenKey } from './signing-keys.ts'

/** Who issues the tokens that lie in Secrets. */
export const legacyIssuer = 'kubernetes/serviceaccount'

/** Whose a legacy token is, and the Secret it lies in. */
export type LegacySubject = Required<Pick<Claims, 'namespace' | 'serviceaccount' | 'secret'>>

const names = {
  namespace: 'kubernetes.io/serviceaccount/namespace',
  account: 'kubernetes.io/serviceaccount/service-account.name',
  uid: 'kubernetes.io/serviceaccount/service-account.uid',
  secret: 'kubernetes.io/serviceaccount/secret.name',
} as const

/** The claims of a legacy token; nothing if they are not whole, or not those of its subject (upstream: serviceaccount/legacy.go). */
export function legacyClaimsOf({ sub, ...payload }: JWTPayload): Claims | undefined {
  const [namespace, name, uid, secret] = [names.namespace, names.account, names.uid, names.secret].map(claim => payload[claim])
  if (![namespace, name, uid, secret].every(value => typeof value === 'string' && value)) return undefined
  const claims = { id: '', namespace, serviceaccount: { name, uid }, secret: { name: secret } } as Claims
  return sub === nameOf(claims) ? claims : undefined
}

/** What signs legacy tokens with a private key (PEM). They hold until their Secret or their account goes. Throws for no such key. */
export function legacySigner(pem: string): (subject: LegacySubject) => Promise<string> {
  const key = signingKey(pem)
  const { id, algorithm } = tokenKey(pem)
  return async ({ namespace, serviceaccount, secret }) => {
    const { SignJWT } = await import('jose')
    const claims = {
      [names.namespace]: namespace,
      [names.account]: serviceaccount.name,
      [names.uid]: serviceaccount.uid,
      [names.secret]: secret.name,
    }
    return new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid: id })
      .setIssuer(legacyIssuer)
      .setSubject(nameOf({ namespace, serviceaccount }))
      .sign(key)
  }
}
