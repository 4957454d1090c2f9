import { apiVersion, type Kind, path } from '#api/kind.ts'
import type { Draft, Key, KubeObject } from '#api/object.ts'
import { type Status, StatusError } from '#api/status.ts'
import type { Feed } from '#cache/news.ts'
import { bytesOf, linesOf } from './body.ts'
import { discover, type Served } from './discovery.ts'
import { type FeedOptions, feed } from './feed.ts'
import { type Parameters, query } from './query.ts'
import type { Answer, Transport } from './transport.ts'
import type { DeleteWhere, List, ListWhere, Patch, RawWatchEvent, Reader, WatchWhere } from './wire.ts'

export type { DeleteWhere, List, ListWhere, Patch, RawWatchEvent } from './wire.ts'

/** What an ordinary request may say besides its path. */
export interface RequestOptions {
  readonly query?: Parameters
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

/** Speaks to any Kubernetes API server. Every refusal is thrown as the StatusError the server sent; no answer at all as a plain Error. */
export class Client implements Reader {
  readonly #transport: Transport
  readonly #headers: Readonly<Record<string, string>>

  constructor(transport: Transport, options: { readonly userAgent?: string } = {}) {
    this.#transport = transport
    this.#headers = { accept: 'application/json', 'user-agent': options.userAgent ?? 'pinnace' }
  }

  get<T extends KubeObject>(kind: Kind<T>, key: Key, signal?: AbortSignal): Promise<T> {
    return this.request('GET', path(kind, key.namespace, key.name), undefined, { signal })
  }

  async list<T extends KubeObject>(kind: Kind<T>, where: ListWhere = {}, signal?: AbortSignal): Promise<List<T>> {
    const { namespace, ...rest } = where
    const list = await this.request<RawList<T>>('GET', path(kind, namespace), undefined, { query: rest, signal })
    const items = list.items ?? []
    // Upstream's typed lists leave these two out of their items.
    for (const item of items) {
      item.apiVersion ??= apiVersion(kind)
      item.kind ??= kind.kind
    }
    return { items, revision: Number(list.metadata.resourceVersion), continue: list.metadata.continue || undefined }
  }

  create<T extends KubeObject>(kind: Kind<T>, object: Draft<T>, signal?: AbortSignal): Promise<T> {
    return this.request('POST', path(kind, object.metadata.namespace), typed(kind, object), { signal })
  }

  /** Replaces an object (or what one of its subresources holds); a resourceVersion in it must be the newest. */
  update<T extends KubeObject>(
    kind: Kind<T>,
    object: T,
    options: { subresource?: string } = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const { namespace, name } = object.metadata
    return this.request('PUT', path(kind, namespace, name, options.subresource), typed(kind, object), { signal })
  }

  patch<T extends KubeObject>(kind: Kind<T>, key: Key, patch: Patch, signal?: AbortSignal): Promise<T> {
    const { type, body, subresource, fieldManager, force } = patch
    return this.request('PATCH', path(kind, key.namespace, key.name, subresource), body, {
      query: { fieldManager, force },
      headers: { 'content-type': patchTypes[type] },
      signal,
    })
  }

  /** Answers the object where it lives on for now (grace, finalizers), else what the server says: the deleted object or a Status. */
  delete<T extends KubeObject>(kind: Kind<T>, key: Key, options: DeleteWhere = {}, signal?: AbortSignal): Promise<T | Status> {
    return this.request('DELETE', path(kind, key.namespace, key.name), deleteOptions(options), { signal })
  }

  async deleteCollection(kind: Kind, where: ListWhere = {}, options: DeleteWhere = {}, signal?: AbortSignal): Promise<void> {
    const { namespace, ...query } = where
    await this.request('DELETE', path(kind, namespace), deleteOptions(options), { query, signal })
  }

  /** Knocks at a door of an object that takes something of another kind: binding, eviction, token. */
  post<R>(kind: Kind, key: Key, subresource: string, body: unknown, signal?: AbortSignal): Promise<R> {
    return this.request('POST', path(kind, key.namespace, key.name, subresource), body, { signal })
  }

  /**
   * What happens to a collection after a revision, bookmarks included. Ends when the server ends it; throws the
   * StatusError that the server sends in between (410 Expired: list again), or an Error where the connection breaks.
   */
  async *watch<T extends KubeObject>(kind: Kind<T>, where: WatchWhere, signal: AbortSignal): AsyncGenerator<RawWatchEvent<T>> {
    const { namespace, revision, timeoutSeconds, labelSelector, fieldSelector } = where
    const parameters = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: revision,
      timeoutSeconds,
      labelSelector,
      fieldSelector,
    }
    const answer = await this.send('GET', path(kind, namespace) + query(parameters), undefined, { signal }, true)
    for await (const line of linesOf(answer.body)) {
      const event = JSON.parse(line.toString()) as RawWatchEvent<T> | { type: 'ERROR'; object: Status }
      if (event.type === 'ERROR') throw errorFrom(event.object, event.object.code ?? 500)
      yield event
    }
  }

  /** Every kind the server serves, each in the version it prefers. */
  kinds(signal?: AbortSignal): Promise<Served[]> {
    return discover((where, accept) => this.request('GET', where, undefined, { headers: { accept }, signal }))
  }

  /** Everything a cache must hear of a collection (see feed.ts). It never ends by itself. */
  feed<T extends KubeObject>(kind: Kind<T>, where: ListWhere, options: FeedOptions): Feed<T> {
    return feed(this, kind, where, options)
  }

  /** Any other request: `body` goes as JSON, the answer comes as JSON. */
  async request<R>(method: string, where: string, body?: unknown, options: RequestOptions = {}): Promise<R> {
    const answer = await this.send(method, where + query(options.query ?? {}), body, options)
    return JSON.parse((await bytesOf(answer)).toString()) as R
  }

  /** Any request at all: the answer comes as it is, if it is a good one. */
  async send(method: string, where: string, body: unknown, options: RequestOptions = {}, stream = false): Promise<Answer> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const headers = { ...this.#headers, ...type, ...options.headers }
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await this.#transport.send({ method, path: where, headers, body: text, stream }, options.signal)
    if (answer.status >= 200 && answer.status < 300) return answer
    throw refusal(answer.status, (await bytesOf(answer)).toString())
  }
}

interface RawList<T> {
  readonly items: T[] | null
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
}

const typed = <T extends KubeObject>(kind: Kind<T>, object: Draft<T>): object =>
  object.apiVersion && object.kind ? object : { apiVersion: apiVersion(kind), kind: kind.kind, ...object }

function deleteOptions({ graceSeconds, propagation, uid, resourceVersion }: DeleteWhere): object {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
    ...(propagation && { propagationPolicy: propagation }),
    ...((uid || resourceVersion) && { preconditions: { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) } }),
  }
}

/** What to throw for an answer that is not a good one: the Status in it, or as much as can be told from its code. */
function refusal(code: number, text: string): StatusError {
  try {
    const status = JSON.parse(text) as Partial<Status>
    if (status.kind === 'Status') return errorFrom(status, code)
  } catch {}
  return new StatusError(
    code === 401 ? 'Unauthorized' : 'InternalError',
    `the server answered ${code}: ${text.slice(0, 200)}`,
    undefined,
    code,
  )
}

const errorFrom = ({ reason, message, details, code }: Partial<Status>, answered: number): StatusError =>
  new StatusError(reason ?? 'InternalError', message ?? 'unknown', details, code ?? answered)
