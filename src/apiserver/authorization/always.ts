import type { Authorizer } from '#apiserver/user.ts'
import { allow, noOpinionAs } from './verdicts.ts'

/** Everybody may do everything (upstream: AlwaysAllow). */
export const alwaysAllow: Authorizer = () => allow

const everything = noOpinionAs('Everything is forbidden.')

/** Nobody may do anything (upstream: AlwaysDeny). */
export const alwaysDeny: Authorizer = () => everything
