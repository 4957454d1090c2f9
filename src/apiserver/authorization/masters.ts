import type { Authorizer } from '#apiserver/user.ts'

/** The group that may do anything, whatever roles there are: the way in when RBAC is broken. */
export const masters: Authorizer = ({ groups }) => (groups.includes('system:masters') ? 'allow' : undefined)
