import type { ChildProcess, Serializable } from 'node:child_process'
import { once } from 'node:events'
import type { Jobs } from './load/jobs.ts'
import type { Ground } from './processes.ts'

/** The clients, in a process of their own on a ground; `isolated`: with a network of its own, which only root may make. */
export class Clients {
  readonly #child: ChildProcess

  constructor(ground: Ground, options: { readonly isolated?: boolean } = {}) {
    this.#child = ground.fork('hack/benchmarks/load.ts', options)
  }

  /** Does one thing, alone. Rejects with what went wrong there, and where the process ends before it is done. */
  async do<Name extends keyof Jobs>(job: Name, asked: Parameters<Jobs[Name]>[0]): Promise<Awaited<ReturnType<Jobs[Name]>>> {
    const over = new AbortController()
    const { signal } = over
    const ended = once(this.#child, 'exit', { signal }).then(([code, killed]) => {
      throw new Error(`${job}: its process ended with ${code ?? killed}`)
    })
    try {
      this.#child.send({ job, asked } as unknown as Serializable)
      const [{ error, result }] = (await Promise.race([once(this.#child, 'message', { signal }), ended])) as [Answer]
      if (error !== undefined) throw new Error(`${job}: ${error}`)
      return result
    } finally {
      ended.catch(() => {})
      over.abort()
    }
  }
}

interface Answer {
  readonly error?: string
  readonly result: never
}
