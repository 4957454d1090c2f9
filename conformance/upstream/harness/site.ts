import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { type ClusterFlags, ownCluster } from '../../cluster.ts'
import { Kubectl } from '../../kubectl.ts'
import { Http } from './http.ts'
import { Trial } from './trial.ts'

export type Body = (t: Trial) => Promise<void>

/** How a test ended. */
export interface Outcome {
  readonly state: 'passed' | 'failed'
  readonly error?: Error
  readonly ms: number
}

interface Job {
  readonly body: Body
  readonly alone: boolean
  readonly end: (outcome: Outcome) => void
}

/** No test may take longer. */
const longestMs = 180_000

/** This machine lacks something that the cluster needs; what, has been printed. */
export class Missing extends Error {}

/**
 * One cluster for many tests, and the queue of these. It starts with the first test that wants it. Then tests run side by side, each in
 * a namespace of its own, and those that want to be alone one after another when all others are done.
 */
export class Site {
  readonly #flags: ClusterFlags
  readonly #abreast: number
  readonly #jobs: Job[] = []
  readonly #undo: (() => Promise<void>)[] = []
  #kubectl: Kubectl | undefined
  #begun: Promise<void> | undefined
  #work: Promise<void> | undefined

  constructor(flags: ClusterFlags, abreast: number) {
    this.#flags = flags
    this.#abreast = abreast
  }

  /** Queues a test. Its outcome comes after `begin`. */
  queue(body: Body, alone: boolean): Promise<Outcome> {
    return new Promise(end => void this.#jobs.push({ body, alone, end }))
  }

  /** Whether there is anything to do. */
  get isWanted(): boolean {
    return this.#jobs.length > 0
  }

  /** Starts the cluster and the work, once. Throws Missing. */
  begin(): Promise<void> {
    this.#begun ??= this.#start().then(http => void (this.#work = this.#drain(http).finally(() => this.#remove())))
    return this.#begun
  }

  /** Drops what has not begun, and waits for what has. */
  async end(): Promise<void> {
    this.#jobs.length = 0
    await this.#begun?.catch(() => this.#remove())
    await this.#work
  }

  /** The cluster goes as soon as it is not needed any more: others may wait for this machine's containers. */
  async #remove(): Promise<void> {
    for (const step of this.#undo.splice(0).reverse()) await step()
  }

  async #start(): Promise<Http> {
    const kubeconfig = await this.#kubeconfig()
    this.#kubectl = new Kubectl(kubeconfig)
    const config = new KubeConfig()
    config.loadFromFile(kubeconfig)
    return Http.as(config)
  }

  async #kubeconfig(): Promise<string> {
    const given = process.env.PINNACE_CONFORMANCE_KUBECONFIG
    if (given) {
      const home = await mkdtemp(join(tmpdir(), 'pinnace-conformance-'))
      this.#undo.push(() => rm(home, { recursive: true, force: true }))
      await copyFile(given, join(home, 'kubeconfig'))
      return join(home, 'kubeconfig')
    }
    const cluster = await ownCluster.call(noContext, this.#flags, this.#undo)
    await cluster.up()
    return cluster.kubectl.kubeconfig
  }

  async #drain(http: Http): Promise<void> {
    const next = (alone: boolean): Job | undefined => {
      const index = this.#jobs.findIndex(job => job.alone === alone)
      return index < 0 ? undefined : this.#jobs.splice(index, 1)[0]
    }
    const work = async (alone: boolean): Promise<void> => {
      for (let job = next(alone); job; job = next(alone)) job.end(await this.#run(job.body, http))
    }
    await Promise.all(Array.from({ length: this.#abreast }, () => work(false)))
    await work(true)
  }

  async #run(body: Body, http: Http): Promise<Outcome> {
    const began = performance.now()
    const took = (): number => Math.round(performance.now() - began)
    let trial: Trial | undefined
    try {
      trial = await within(longestMs, Trial.begin(http, this.#kubectl!))
      await within(longestMs, body(trial))
      return { state: 'passed', ms: took() }
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(`${cause}`)
      error.message += (await trial?.warnings().catch(() => '')) ?? ''
      return { state: 'failed', error, ms: took() }
    } finally {
      await trial?.end()
    }
  }
}

/** Stands for the test that a cluster is started for; the queue is there for many. */
const noContext = {
  timeout(): void {},
  skip(): never {
    throw new Missing()
  },
} as unknown as Mocha.Context

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not end within ${ms} ms`)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
