import { randomUUID } from 'node:crypto'
import { Node, Pod, Secret, ServiceAccount } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import type { Key, KubeObject } from '#api/object.ts'
import { StatusError } from '#api/status.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { TokenAuthenticator, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'
import { invalidSince } from '#machinery/legacy-token.ts'
import { legacyClaimsOf, legacyIssuer } from './legacy-token.ts'
import { markUsed } from './legacy-usage.ts'
import { type Bound, type Claims, claimsOf, nameOf, userOf } from './service-account-claims.ts'
import { asJwk, signingKey, type TokenKey, tokenKey } from './signing-keys.ts'

/** Who issues service-account tokens, and which are taken. */
export interface ServiceAccountSettings {
  /** The first is written into new tokens; tokens of all are taken. */
  readonly issuers: readonly [string, ...string[]]
  /** The private key that signs, PEM. */
  readonly key: string
  /** Further keys whose signature is taken: those of before a rotation. */
  readonly formerKeys?: readonly TokenKey[]
  /** Whom tokens must be meant for, and are if nobody says otherwise; default: the issuer. */
  readonly audiences?: readonly string[]
  /** No token lives longer. */
  readonly longestSeconds?: number
  /**
   * Whether a pod's token holds for a year, though it says that it should be replaced within the hour: for clients that never read it
   * again (upstream: --service-account-extend-token-expiration). Default: yes.
   */
  readonly extendsExpiration?: boolean
}

export interface TokenSubject extends Omit<Claims, 'id'> {
  readonly audiences: readonly string[]
  readonly seconds: number
}

interface Verified {
  /** Whether it lies in a Secret, and holds for as long as it does. */
  readonly isLegacy: boolean
  readonly claims: Claims
  readonly audiences: readonly string[]
  readonly expires: number
}

/** What the admission of pods asks for, and how long that is extended (upstream: WarnOnlyBoundTokenExpirationSeconds). */
const injectedSeconds = 3607
const extendedSeconds = 365 * 24 * 3600

/** How many verified tokens are remembered, so that a busy client's signature is not checked with every request. */
const remembered = 1000

/** An object whose deletion began this long ago is gone, though its finalizers or its grace still keep it (upstream's leeway). */
const leewayMs = 60_000

/** Issues and recognises the tokens of service accounts: JWTs, bound to the account and, if asked, to a pod, a node or a secret. */
export class ServiceAccountTokens {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly longestSeconds: number
  readonly #issuers: readonly string[]
  readonly #extendsExpiration: boolean
  readonly #reader: Reader
  readonly #clock: Clock
  readonly #privateKey: ReturnType<typeof signingKey>
  readonly #keys: readonly [TokenKey, ...TokenKey[]]
  readonly #known = new Map<string, Verified>()

  constructor(reader: Reader, clock: Clock, settings: ServiceAccountSettings) {
    const { issuers, key, formerKeys = [], longestSeconds = Number.POSITIVE_INFINITY } = settings
    this.issuer = issuers[0]
    this.audiences = settings.audiences ?? issuers
    this.longestSeconds = longestSeconds
    this.#issuers = issuers
    this.#extendsExpiration = settings.extendsExpiration ?? true
    this.#reader = reader
    this.#clock = clock
    this.#privateKey = signingKey(key)
    const own = tokenKey(key)
    this.#keys = [own, ...formerKeys.filter(({ id }) => id !== own.id)]
  }

  /** The keys by which others recognise our tokens: a JSON Web Key Set. */
  get keySet(): { readonly keys: readonly object[] } {
    return { keys: this.#keys.map(asJwk) }
  }

  /** How the tokens are signed. */
  get algorithms(): readonly string[] {
    return [...new Set(this.#keys.map(({ algorithm }) => algorithm))]
  }

  /** A new token. `expires` says until when it is to be used. */
  async issue({ audiences, seconds, ...said }: TokenSubject): Promise<{ token: string; expires: Date }> {
    const { SignJWT } = await import('jose')
    const [{ id, algorithm }] = this.#keys
    const now = Math.floor(this.#clock.now().getTime() / 1000)
    const isForUs = audiences.every(audience => this.audiences.includes(audience))
    const isExtended = this.#extendsExpiration && said.pod && seconds === injectedSeconds && isForUs
    const claims = isExtended ? { ...said, warnafter: now + seconds } : said
    const token = await new SignJWT({ 'kubernetes.io': claims })
      .setProtectedHeader({ alg: algorithm, kid: id })
      .setIssuer(this.issuer)
      .setSubject(nameOf(claims))
      .setAudience([...audiences])
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + (isExtended ? extendedSeconds : seconds))
      .setJti(randomUUID())
      .sign(this.#privateKey)
    return { token, expires: new Date((now + seconds) * 1000) }
  }

  /** Recognises tokens of ours. Throws Unauthorized for those that are expired, forged, meant for others, or whose account or pod is gone. */
  readonly authenticate: TokenAuthenticator = async (token, wanted) => {
    const known = this.#known.get(token) ?? (await this.#verify(token))
    if (!known) return undefined
    const { claims, expires, isLegacy } = known
    if (this.#clock.now().getTime() >= expires) {
      this.#known.delete(token)
      throw unauthorized()
    }
    const audiences = known.audiences.filter(audience => wanted.includes(audience))
    if (audiences.length === 0) throw unauthorized()
    const { namespace } = claims
    await this.#checkAlive(ServiceAccount, namespace, claims.serviceaccount)
    if (isLegacy) await this.#checkHeld(token, claims)
    else if (claims.secret) await this.#checkAlive(Secret, namespace, claims.secret)
    if (claims.pod) await this.#checkAlive(Pod, namespace, claims.pod)
    // A pod's node is only told of: the token dies with the pod.
    else if (claims.node) await this.#checkAlive(Node, '', claims.node)
    return { user: this.#userOf(claims), audiences }
  }

  /** Whose a token is; one that should have been replaced is noted. */
  #userOf(claims: Claims): User {
    const user = userOf(claims)
    const staleSeconds = Math.floor(this.#clock.now().getTime() / 1000) - (claims.warnafter ?? Number.POSITIVE_INFINITY)
    if (!(staleSeconds > 0)) return user
    const note = `subject: ${user.name}, seconds after warning threshold: ${staleSeconds}`
    return { ...user, notes: { 'authentication.k8s.io/stale-token': note } }
  }

  async #verify(token: string): Promise<Verified | undefined> {
    if (token.split('.').length !== 3) return undefined
    // Loaded when the first token is met: a start is quicker without.
    const { decodeJwt, decodeProtectedHeader, errors, jwtVerify } = await import('jose')
    try {
      const { iss = '' } = decodeJwt(token)
      const isLegacy = iss === legacyIssuer
      if (!isLegacy && !this.#issuers.includes(iss)) return undefined
      const { kid } = decodeProtectedHeader(token)
      const key = this.#keys.find(({ id }) => id === kid) ?? this.#keys[0]
      const options = {
        issuer: iss,
        algorithms: [key.algorithm],
        requiredClaims: isLegacy ? [] : ['exp'],
        currentDate: this.#clock.now(),
      }
      const { payload } = await jwtVerify(token, key.publicKey, options)
      const claims = isLegacy ? legacyClaimsOf(payload) : claimsOf(payload)
      if (!claims) throw unauthorized()
      // A token that says no audience is for the API server.
      const audiences = payload.aud === undefined ? this.audiences : [payload.aud].flat()
      const known = { isLegacy, claims, audiences, expires: (payload.exp ?? Number.POSITIVE_INFINITY) * 1000 }
      if (this.#known.size >= remembered) this.#known.delete(this.#known.keys().next().value!)
      this.#known.set(token, known)
      return known
    } catch (error) {
      if (error instanceof errors.JWTInvalid) return undefined
      if (error instanceof errors.JOSEError) throw unauthorized()
      throw error
    }
  }

  /** A legacy token's Secret must still hold it, and not be put out of use by the cleaner; it is marked as used on this day. */
  async #checkHeld(token: string, { namespace, secret }: Claims): Promise<void> {
    const key = { namespace, name: secret?.name ?? '' }
    const text = Buffer.from(token).toString('base64')
    await this.#check(Secret, key, ({ metadata, data }) => {
      const isInvalid = metadata.deletionTimestamp || metadata.labels?.[invalidSince]
      return data?.token === text && !isInvalid
    })
    await markUsed(this.#reader, key, this.#clock.now())
  }

  /** The object must be there with the same uid. */
  async #checkAlive(kind: Kind, namespace: string, { name, uid }: Bound): Promise<void> {
    const gone = this.#clock.now().getTime() - leewayMs
    await this.#check(kind, { namespace, name }, ({ metadata }) => {
      if (uid && metadata.uid !== uid) return false
      return metadata.deletionTimestamp === undefined || Date.parse(metadata.deletionTimestamp) >= gone
    })
  }

  /** There must be such an object; one that the cache does not show yet is looked up. */
  async #check<T extends KubeObject>(kind: Kind<T>, key: Key, isIt: (object: Readonly<T>) => boolean): Promise<void> {
    const isThere = (object: Readonly<T> | undefined): boolean => object !== undefined && isIt(object)
    if (!isThere(this.#reader.get(kind, key)) && !isThere(await this.#reader.live(kind, key))) throw unauthorized()
  }
}

const unauthorized = (): StatusError => new StatusError('Unauthorized', 'Unauthorized')
