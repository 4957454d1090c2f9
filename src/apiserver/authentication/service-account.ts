import { createHash, createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { Node, Pod, ServiceAccount } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { StatusError } from '#api/status.ts'
import type { Reader } from '#apiserver/reader.ts'
import type { Authenticator, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'

/** An object that a token is bound to: it dies with it. */
interface Bound {
  readonly name: string
  readonly uid?: string
}

/** What Kubernetes adds to a service account's JWT. */
interface Private {
  readonly namespace: string
  readonly serviceaccount: Required<Bound>
  readonly pod?: Bound
  readonly secret?: Bound
  readonly node?: Bound
}

export interface TokenSubject extends Private {
  readonly audiences: readonly string[]
  readonly seconds: number
}

/** How many verified tokens are remembered, so that a busy client's signature is not checked with every request. */
const remembered = 1000

/** Issues and recognises the tokens of service accounts: JWTs, ES256, bound to the account and, if asked, to a pod. */
export class ServiceAccountTokens {
  readonly issuer: string
  readonly #reader: Reader
  readonly #clock: Clock
  readonly #privateKey: ReturnType<typeof createPrivateKey>
  readonly #publicKey: ReturnType<typeof createPublicKey>
  readonly #keyId: string
  readonly #known = new Map<string, { claims: Private; id: string; expires: number }>()

  /** `key`: an EC P-256 private key, PEM. */
  constructor(reader: Reader, clock: Clock, { issuer, key }: { issuer: string; key: string }) {
    this.issuer = issuer
    this.#reader = reader
    this.#clock = clock
    this.#privateKey = createPrivateKey(key)
    this.#publicKey = createPublicKey(this.#privateKey)
    const der = this.#publicKey.export({ type: 'spki', format: 'der' })
    this.#keyId = createHash('sha256').update(der).digest('base64url')
  }

  /** The keys by which others recognise our tokens: a JSON Web Key Set. */
  get keySet(): { readonly keys: readonly object[] } {
    return { keys: [{ ...this.#publicKey.export({ format: 'jwk' }), use: 'sig', kid: this.#keyId, alg: 'ES256' }] }
  }

  /** A new token. `expires` says until when it holds. */
  async issue({ audiences, seconds, ...claims }: TokenSubject): Promise<{ token: string; expires: Date }> {
    const { SignJWT } = await import('jose')
    const now = Math.floor(this.#clock.now().getTime() / 1000)
    const token = await new SignJWT({ 'kubernetes.io': claims })
      .setProtectedHeader({ alg: 'ES256', kid: this.#keyId })
      .setIssuer(this.issuer)
      .setSubject(nameOf(claims))
      .setAudience([...audiences])
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + seconds)
      .setJti(randomUUID())
      .sign(this.#privateKey)
    return { token, expires: new Date((now + seconds) * 1000) }
  }

  /** Recognises bearer tokens of ours. Throws Unauthorized for those that are expired, forged, or whose account, pod or node is gone. */
  readonly authenticate: Authenticator = async ({ token }) => {
    if (token === undefined || token.split('.').length !== 3) return undefined
    const { claims, id } = this.#known.get(token) ?? (await this.#verify(token))
    if (this.#clock.now().getTime() >= this.#known.get(token)!.expires) {
      this.#known.delete(token)
      throw unauthorized()
    }
    await this.#checkAlive(ServiceAccount, claims.namespace, claims.serviceaccount)
    if (claims.pod) await this.#checkAlive(Pod, claims.namespace, claims.pod)
    if (claims.node) await this.#checkAlive(Node, '', claims.node)
    return userOf(claims, id)
  }

  async #verify(token: string): Promise<{ claims: Private; id: string; expires: number }> {
    // Loaded when the first token is met: a start is quicker without.
    const { errors, jwtVerify } = await import('jose')
    try {
      const options = { issuer: this.issuer, audience: this.issuer, algorithms: ['ES256'], currentDate: this.#clock.now() }
      const { payload } = await jwtVerify(token, this.#publicKey, options)
      const known = { claims: payload['kubernetes.io'] as Private, id: payload.jti ?? '', expires: (payload.exp ?? 0) * 1000 }
      if (this.#known.size >= remembered) this.#known.delete(this.#known.keys().next().value!)
      this.#known.set(token, known)
      return known
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthorized()
      throw error
    }
  }

  /** The object must be there with the same uid; one that the cache does not show yet is looked up. */
  async #checkAlive(kind: Kind, namespace: string, { name, uid }: Bound): Promise<void> {
    const matches = (object: Readonly<KubeObject> | undefined): boolean =>
      object !== undefined && (!uid || object.metadata.uid === uid)
    const key = { namespace, name }
    if (!matches(this.#reader.get(kind, key)) && !matches(await this.#reader.live(kind, key))) throw unauthorized()
  }
}

const unauthorized = (): StatusError => new StatusError('Unauthorized', 'Unauthorized')
const nameOf = ({ namespace, serviceaccount }: Private): string => `system:serviceaccount:${namespace}:${serviceaccount.name}`

function userOf(claims: Private, id: string): User {
  const { namespace, serviceaccount, pod, node } = claims
  return {
    name: nameOf(claims),
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${id}`],
      ...(pod && {
        'authentication.kubernetes.io/pod-name': [pod.name],
        'authentication.kubernetes.io/pod-uid': [pod.uid ?? ''],
      }),
      ...(node && {
        'authentication.kubernetes.io/node-name': [node.name],
        ...(node.uid && { 'authentication.kubernetes.io/node-uid': [node.uid] }),
      }),
    },
  }
}
