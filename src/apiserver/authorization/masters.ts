import type { Authorizer, User } from '#apiserver/user.ts'
import { allow, noOpinion } from './verdicts.ts'

/** Whether a user is in the group that may do anything. */
export const isMaster = ({ groups }: User): boolean => groups.includes('system:masters')

/** The group that may do anything, whatever roles there are: the way in when RBAC is broken. */
export const masters: Authorizer = user => (isMaster(user) ? allow : noOpinion)
