import { StatusError } from '#api/status.ts'
import type { Authenticator, ClientCertificate, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'

/**
 * Client certificates of the client CA: CN is the user, every O a group (upstream: authentication/request/x509).
 * Throws Unauthorized for one that it does not vouch for, or that holds no more.
 */
export function certificate(clock: Clock): Authenticator {
  const known = new WeakMap<ClientCertificate, User>()
  return ({ certificate: shown }) => {
    if (!shown) return undefined
    if (!shown.authorities.includes('client') || clock.now().getTime() > shown.validUntil)
      throw new StatusError('Unauthorized', 'Unauthorized')
    if (!shown.commonName) return undefined
    let user = known.get(shown)
    if (!user) known.set(shown, (user = userOf(shown)))
    return user
  }
}

const userOf = ({ commonName, organizations, uid, sha256 }: ClientCertificate): User => ({
  name: commonName,
  groups: organizations,
  ...(uid && { uid }),
  extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${sha256}`] },
})
