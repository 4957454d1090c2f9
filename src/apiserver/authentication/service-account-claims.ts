import type { JWTPayload } from 'jose'
import type { User } from '#apiserver/user.ts'

/** An object that a token is bound to: it dies with it. */
export interface Bound {
  readonly name: string
  readonly uid?: string
}

/** What the JWT of a service account says besides what every JWT does (upstream: serviceaccount/claims.go). */
export interface Claims {
  /** The token's own. */
  readonly id: string
  readonly namespace: string
  readonly serviceaccount: Required<Bound>
  readonly pod?: Bound
  readonly secret?: Bound
  readonly node?: Bound
  /** From when on the token should have been replaced, though it holds for longer; in seconds since 1970. */
  readonly warnafter?: number
}

/** The claims of a token; nothing if they are not those of a service account. */
export function claimsOf({ jti: id = '', sub, ...payload }: JWTPayload): Claims | undefined {
  const claims = payload['kubernetes.io'] as Claims | undefined
  return claims?.namespace && claims.serviceaccount?.name && sub === nameOf(claims) ? { ...claims, id } : undefined
}

/** The user that a service account is. */
export const nameOf = ({ namespace, serviceaccount }: Pick<Claims, 'namespace' | 'serviceaccount'>): string =>
  `system:serviceaccount:${namespace}:${serviceaccount.name}`

/** Whose a token is (upstream: ServiceAccountInfo.UserInfo). */
export function userOf(claims: Claims): User {
  const { id, namespace, serviceaccount, pod, node } = claims
  return {
    name: nameOf(claims),
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    extra: {
      ...(id && { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] }),
      ...(pod && {
        'authentication.kubernetes.io/pod-name': [pod.name],
        'authentication.kubernetes.io/pod-uid': [pod.uid ?? ''],
      }),
      ...(node && {
        'authentication.kubernetes.io/node-name': [node.name],
        ...(node.uid && { 'authentication.kubernetes.io/node-uid': [node.uid] }),
      }),
    },
  }
}
