import { StatusError } from '#api/status.ts'
import type { Authenticator } from '#apiserver/user.ts'

/** Client certificates: CN is the user, every O a group. A certificate that TLS did not find good is refused, not ignored. */
export const certificate: Authenticator = async ({ certificate: shown }) => {
  if (!shown) return undefined
  if (!shown.verified) throw new StatusError('Unauthorized', 'Unauthorized')
  return { name: shown.commonName, groups: [...shown.organizations, 'system:authenticated'] }
}
