import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './api.ts'
import { configMaps, numberOf } from './values.ts'

/** Watches, at its own pace, and takes up where it was whenever the connection breaks. Writes down what it is told. */
export class Follower {
  readonly #api: () => Api
  readonly #pauseMs: number
  readonly #stop = new AbortController()
  readonly #events: { readonly revision: number; readonly text: string }[] = []
  readonly #running: Promise<void>
  #failure: Error | undefined
  revision: number

  /** `api` says whom to ask, at each connection anew. */
  constructor(api: () => Api, from: number, pauseMs: number) {
    this.#api = api
    this.#pauseMs = pauseMs
    this.revision = from
    this.#running = this.#follow()
  }

  /** Waits until it has heard of a revision, and gives what it was told up to that since it was last asked: `TYPE name write revision`. */
  async heard(revision: number): Promise<readonly string[]> {
    while (this.revision < revision) {
      if (this.#failure) throw this.#failure
      await sleep(5)
    }
    const later = this.#events.findIndex(event => event.revision > revision)
    return this.#events.splice(0, later < 0 ? Infinity : later).map(({ text }) => text)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    if (this.#failure) throw this.#failure
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted && !this.#failure) {
      try {
        for await (const { type, object } of this.#api().watch(
          `${configMaps}?watch=1&resourceVersion=${this.revision}`,
          signal,
        )) {
          this.#take(type, object)
          if (this.#pauseMs > 0) await sleep(this.#pauseMs)
        }
      } catch {
        // The server has gone, or is not there yet.
        await sleep(10)
      }
    }
  }

  #take(type: string, object: Parameters<typeof numberOf>[0]): void {
    try {
      if (type === 'ERROR') throw new Error(`a watch could not be taken up: ${JSON.stringify(object)}`)
      const revision = Number(object.metadata.resourceVersion)
      if (revision <= this.revision) throw new Error(`${object.metadata.name}: ${revision} came after ${this.revision}`)
      const { name } = object.metadata
      if (name !== 'kube-root-ca.crt') this.#events.push({ revision, text: `${type} ${name} ${numberOf(object)} ${revision}` })
      this.revision = revision
    } catch (error) {
      this.#failure = error as Error
      throw error
    }
  }
}
