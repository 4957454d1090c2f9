import type { User } from '#apiserver/user.ts'

const prefix = 'system:node:'

/** Which node a user is; undefined for who is none. A node without a name is one that nothing is let to (upstream: pkg/auth/nodeidentifier). */
export const nodeOf = ({ name, groups }: User): string | undefined =>
  name.startsWith(prefix) && groups.includes('system:nodes') ? name.slice(prefix.length) : undefined
