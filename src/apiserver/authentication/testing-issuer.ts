import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'
import type { Authority } from '#cluster/certificates.ts'

/** A provider of OpenID Connect, over TLS, for tests. */
export interface TestIssuer {
  readonly url: string
  /** A token of these claims; who signs it otherwise is a liar. */
  sign(claims: JWTPayload, key?: KeyObject, header?: { readonly alg?: string; readonly kid?: string }): Promise<string>
  stop(): void
}

/** Starts one, whose certificate is of this authority. */
export async function startTestIssuer(authority: Authority): Promise<TestIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }]
  const shown = await authority.pair('openid', { commonName: 'openid', hosts: ['127.0.0.1'] })
  const server = createServer(shown, (request, response) => {
    response.end(JSON.stringify(request.url === '/keys' ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    sign: (claims, key = privateKey, header = {}) =>
      new SignJWT({ iss: url, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(key),
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
