import { isUtf8 } from 'node:buffer'
import { StatusError } from '#api/status.ts'
import type { Authenticator, TokenAuthenticator } from '#apiserver/user.ts'

/** What a subprotocol begins with that is a bearer token in base64url, and no protocol: browsers can send no other header. */
const prefix = 'base64url.bearer.authorization.k8s.io.'

const protocolsOf = (header: string): string[] => header.split(',').map(protocol => protocol.trim())

/** The subprotocols of a WebSocket without the token among them; undefined where none is left. Nobody behind the door may see it. */
export const withoutToken = (header: string): string | undefined =>
  protocolsOf(header)
    .filter(protocol => !protocol.startsWith(prefix))
    .join(', ') || undefined

/** WebSockets whose subprotocols hold a bearer token, and at least one to answer with (upstream: authentication/request/websocket). */
export const protocolToken =
  (ask: TokenAuthenticator, audiences: readonly string[]): Authenticator =>
  async ({ headers }) => {
    const values = (wanted: string): string[] =>
      headers.filter((_, at) => at % 2 === 1 && headers[at - 1]!.toLowerCase() === wanted)
    if (values('upgrade')[0]?.toLowerCase() !== 'websocket') return undefined
    const protocols = values('sec-websocket-protocol').flatMap(protocolsOf)
    const tokens = protocols.filter(protocol => protocol.startsWith(prefix))
    if (tokens.length === 0) return undefined
    const encoded = tokens[0]!.slice(prefix.length)
    const token = Buffer.from(encoded, 'base64url')
    const isSound = tokens.length === 1 && /^[\w-]*$/.test(encoded) && isUtf8(token)
    if (isSound && token.length === 0) return undefined
    const bearer = isSound && protocols.length > 1 ? await ask(token.toString(), audiences) : undefined
    if (!bearer) throw new StatusError('Unauthorized', 'Unauthorized')
    return bearer.user
  }
