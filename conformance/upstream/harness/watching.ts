import { Watch } from '@kubernetes/client-node'
import { eventually } from '../../eventually.ts'
import type { Http, Query } from './http.ts'

export interface News<T> {
  readonly type: string
  readonly object: T
}

/** A watch, and all that it has said. It keeps on until it is stopped or the server ends it. */
export class Watching<T> {
  readonly news: News<T>[] = []
  readonly #begun: Promise<AbortController>
  /** How much of the news has been taken. */
  #taken = 0
  #end: unknown

  constructor(http: Http, path: string, query: Query) {
    this.#begun = new Watch(http.config).watch(
      path,
      query,
      (type, object: T) => void this.news.push({ type, object }),
      error => void (this.#end = error ?? 'the server closed it'),
    )
  }

  /** Comes back when the server has accepted it. */
  async begun(): Promise<this> {
    await this.#begun
    return this
  }

  /** The next news that is of the type and passes the test; what comes before it is dropped. */
  until(type: string, test: (it: T) => boolean = () => true, longestMs = 30_000): Promise<T> {
    return eventually(() => {
      while (this.#taken < this.news.length) {
        const it = this.news[this.#taken++]!
        if (it.type === type && test(it.object)) return it.object
      }
      const seen = this.news.map(it => it.type).join(' ')
      throw new Error(`no ${type} that passes ${test}; seen: ${seen || 'nothing'}${this.#end ? `; ended: ${this.#end}` : ''}`)
    }, longestMs)
  }

  /** The next news, whatever it is. */
  next(): Promise<News<T>> {
    return eventually(
      () => this.news[this.#taken] ?? Promise.reject(new Error(`no news after ${this.#taken}; ended: ${this.#end}`)),
    ).then(it => this.news[this.#taken++] ?? it)
  }

  async stop(): Promise<void> {
    const controller = await this.#begun
    controller.abort()
  }
}
