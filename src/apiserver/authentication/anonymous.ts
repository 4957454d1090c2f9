import type { Authenticator } from '#apiserver/user.ts'

/** Whoever shows nothing is system:anonymous, on these paths or on all; whoever shows a token that nobody knows is nobody. Asked last. */
export const anonymous =
  (paths: readonly string[] | undefined): Authenticator =>
  ({ token, path }) =>
    token === undefined && (!paths || paths.includes(path)) ? nobody : undefined

const nobody = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
