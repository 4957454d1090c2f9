import assert from 'node:assert/strict'
import type { Http, Query } from './http.ts'
import { Refusal } from './http.ts'
import type { Wire } from './kinds.ts'
import { Watching } from './watching.ts'

/** Any object of Kubernetes, as far as all are alike. */
export interface Thing {
  metadata?: {
    name?: string
    namespace?: string
    uid?: string
    resourceVersion?: string
    labels?: { [key: string]: string }
    annotations?: { [key: string]: string }
    deletionTimestamp?: string
  }
}

export interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly items: T[]
}

/** What a client may leave out. */
export type Draft<T> = T extends object ? { [K in keyof T]?: Draft<T[K]> } : T

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

export interface PatchOptions {
  readonly type?: keyof typeof patchTypes
  /** `status`, `scale` … */
  readonly of?: string
  readonly query?: Query
}

/** The requests for one resource in one namespace. Each throws a Refusal where the server says no. */
export class Door<T> {
  readonly http: Http
  readonly path: string

  constructor(http: Http, path: string) {
    this.http = http
    this.path = path
  }

  create(body: Draft<Wire<T>>, query: Query = {}): Promise<Wire<T>> {
    return this.http.send('POST', this.path, { body, query })
  }

  get(name: string, of = ''): Promise<Wire<T>> {
    return this.http.send('GET', this.#at(name, of))
  }

  list(query: Query | string = {}): Promise<List<Wire<T>>> {
    return this.http.send('GET', this.path, { query: selecting(query) })
  }

  /** The items alone. A text is a label selector. */
  async items(query: Query | string = {}): Promise<Wire<T>[]> {
    return (await this.list(query)).items
  }

  /** Puts an object in the place of the one of its name. */
  update(body: Wire<T>, of = '', query: Query = {}): Promise<Wire<T>> {
    return this.http.send('PUT', this.#at((body as Thing).metadata!.name!, of), { body, query })
  }

  /** Reads, changes and writes (through a subresource, if one is named), again if somebody else was faster. */
  async change(name: string, how: (it: Wire<T>) => void, of = ''): Promise<Wire<T>> {
    for (;;) {
      const it = await this.get(name)
      how(it)
      try {
        return await this.update(it, of)
      } catch (error) {
        if (!(error instanceof Refusal && error.reason === 'Conflict')) throw error
      }
    }
  }

  patch(name: string, patch: unknown, { type = 'merge', of = '', query = {} }: PatchOptions = {}): Promise<Wire<T>> {
    return this.http.send('PATCH', this.#at(name, of), { body: patch, query, headers: { 'content-type': patchTypes[type] } })
  }

  /** Deletes one; the options are those of metav1.DeleteOptions. */
  async delete(name: string, options: object = {}): Promise<void> {
    await this.http.send('DELETE', this.#at(name), { body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options } })
  }

  async deleteCollection(query: Query | string, options: object = {}): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
    await this.http.send('DELETE', this.path, { query: selecting(query), body })
  }

  /** Watches; without a resourceVersion, from what there is. Stop it. */
  watch(query: Query | string = {}): Watching<Wire<T>> {
    return new Watching(this.http, this.path, selecting(query))
  }

  /** Throws unless it is gone. */
  async isGone(name: string): Promise<void> {
    await assert.rejects(this.get(name), { code: 404, reason: 'NotFound' })
  }

  #at(name: string, of = ''): string {
    return `${this.path}/${encodeURIComponent(name)}${of && `/${of}`}`
  }
}

const selecting = (query: Query | string): Query => (typeof query === 'string' ? { labelSelector: query } : query)
