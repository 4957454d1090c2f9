import { createConfiguration, HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node'

/** What a request may say beside its path. */
export interface Ask {
  readonly query?: Query
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface Reply {
  readonly code: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  json<T>(): T
}

/** A metav1.Status that says no. */
export class Refusal extends Error {
  readonly code: number
  readonly reason: string
  readonly status: { readonly message?: string; readonly reason?: string; readonly metadata?: { readonly continue?: string } }

  constructor(what: string, { code, text }: Reply) {
    let status: Refusal['status'] = {}
    try {
      status = JSON.parse(text)
    } catch {
      // not every answer is a Status
    }
    super(`${what}: ${code} ${status.message ?? text.slice(0, 500)}`)
    this.code = code
    this.reason = status.reason ?? ''
    this.status = status
  }
}

const transport = createConfiguration().httpApi

/** The requests of one user to one server, over the transport of @kubernetes/client-node. */
export class Http {
  readonly config: KubeConfig
  readonly #server: string
  readonly #base: RequestContext

  private constructor(config: KubeConfig, base: RequestContext) {
    this.config = config
    this.#server = config.getCurrentCluster()!.server
    this.#base = base
  }

  static async as(config: KubeConfig): Promise<Http> {
    const base = new RequestContext(config.getCurrentCluster()!.server, HttpMethod.GET)
    await config.applySecurityAuthentication(base)
    return new Http(config, base)
  }

  /** The same server, for somebody with a token. */
  async bearing(token: string): Promise<Http> {
    const { name, server, caData, skipTLSVerify } = this.config.getCurrentCluster()!
    const config = new KubeConfig()
    config.loadFromClusterAndUser(
      { name, server, skipTLSVerify: skipTLSVerify ?? false, ...(caData && { caData }) },
      { name: 'bearer', token },
    )
    return Http.as(config)
  }

  /** Sends a request; whatever the answer, that is no error. */
  async ask(method: string, path: string, { query = {}, body, headers = {} }: Ask = {}): Promise<Reply> {
    const url = new URL(this.#server.replace(/\/$/, '') + path)
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, `${value}`)
    const request = new RequestContext(url.href, method as HttpMethod)
    for (const [name, value] of Object.entries({ ...this.#base.getHeaders(), accept: 'application/json', ...headers }))
      request.setHeaderParam(name, value)
    if (body !== undefined) {
      if (!headers['content-type']) request.setHeaderParam('content-type', 'application/json')
      request.setBody(typeof body === 'string' ? body : JSON.stringify(body))
    }
    const dispatcher = this.#base.getDispatcher()
    if (dispatcher) request.setDispatcher(dispatcher)
    const response = await transport.send(request).toPromise()
    const text = await response.body.text()
    return { code: response.httpStatusCode, headers: response.headers, text, json: () => JSON.parse(text) }
  }

  /** Sends a request that must go well; throws a Refusal. */
  async send<T>(method: string, path: string, ask: Ask = {}): Promise<T> {
    const reply = await this.ask(method, path, ask)
    if (reply.code >= 400) throw new Refusal(`${method} ${path}`, reply)
    return reply.json<T>()
  }
}
