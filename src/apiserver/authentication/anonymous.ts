import type { Authenticator } from '#apiserver/user.ts'

/** Whoever shows nothing is system:anonymous; whoever shows a token that nobody knows is nobody. Asked last. */
export const anonymous: Authenticator = async ({ token }) =>
  token === undefined ? { name: 'system:anonymous', groups: ['system:unauthenticated'] } : undefined
