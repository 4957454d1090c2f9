import type { JWTVerifyGetKey } from 'jose'
import type { Clock } from '#machinery/clock.ts'

/** Where a provider publishes its keys. */
export interface Provider {
  /** As its tokens name it. */
  readonly url: string
  /** Where its discovery document lies; default: below `url`. */
  readonly discoveryUrl?: string
  /** PEM; default: the roots that this machine trusts. */
  readonly ca?: string
}

/** Fetches a JSON document. `ca`: whom to trust, PEM; default: the roots that this machine trusts. Throws why it could not. */
export type GetJson = (url: string, ca: string | undefined) => Promise<unknown>

/** A key that is not among those known is asked for again, but not more often than this. */
const againMs = 30_000

/** The keys of an OpenID Connect provider, fetched when the first is needed, and again when one is met that is new. */
export class KeySource {
  readonly #issuer: Provider
  readonly #getJson: GetJson
  readonly #clock: Clock
  #keys: Promise<JWTVerifyGetKey> | undefined
  #fetched = 0

  constructor(issuer: Provider, getJson: GetJson, clock: Clock) {
    this.#issuer = issuer
    this.#getJson = getJson
    this.#clock = clock
  }

  /** The key a token says it is signed with. Throws JWKSNoMatchingKey if the provider has none such, or cannot be asked. */
  async find(...asked: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    const { errors } = await import('jose')
    try {
      return await (await this.#current())(...asked)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.#clock.now().getTime() - this.#fetched < againMs) throw error
      this.#keys = undefined
      return await (await this.#current())(...asked)
    }
  }

  #current(): Promise<JWTVerifyGetKey> {
    this.#keys ??= this.#fetch().catch(async (cause: unknown) => {
      this.#keys = undefined
      const { errors } = await import('jose')
      throw Object.assign(new errors.JWKSNoMatchingKey(), { cause })
    })
    return this.#keys
  }

  async #fetch(): Promise<JWTVerifyGetKey> {
    this.#fetched = this.#clock.now().getTime()
    const { url, discoveryUrl, ca } = this.#issuer
    const where = discoveryUrl ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`
    const document = (await this.#getJson(where, ca)) as { issuer?: unknown; jwks_uri?: unknown }
    if (document.issuer !== url) throw new Error(`${where} is of ${document.issuer}, not of ${url}`)
    if (typeof document.jwks_uri !== 'string') throw new Error(`${where} names no jwks_uri`)
    const { createLocalJWKSet } = await import('jose')
    return createLocalJWKSet((await this.#getJson(document.jwks_uri, ca)) as Parameters<typeof createLocalJWKSet>[0])
  }
}
