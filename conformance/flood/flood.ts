import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Answered, Rudeness } from './rude-client.ts'

/** A rude client in a thread of its own, so that what it costs is the server's to bear and not the test's. */
export class Flood {
  readonly #worker: Worker

  private constructor(worker: Worker) {
    this.#worker = worker
  }

  /** Comes back when each of its connections has been answered once. */
  static async begin(rudeness: Rudeness): Promise<Flood> {
    const worker = new Worker(new URL('./rude-client.ts', import.meta.url), { workerData: rudeness })
    await once(worker, 'message')
    return new Flood(worker)
  }

  /** Ends it; what it was answered. */
  async end(): Promise<Answered> {
    this.#worker.postMessage('stop')
    const [answered] = (await once(this.#worker, 'message')) as [Answered]
    await this.#worker.terminate()
    return answered
  }
}
