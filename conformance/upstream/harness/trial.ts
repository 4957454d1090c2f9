import { randomBytes } from 'node:crypto'
import { eventually } from '../../eventually.ts'
import type { Kubectl } from '../../kubectl.ts'
import type { Result, Running, RunOptions } from '../../program.ts'
import { Door } from './door.ts'
import type { Http } from './http.ts'
import { type Kinds, pathOf } from './kinds.ts'

/** What one test works with: a namespace of its own, and the official clients. */
export class Trial {
  readonly http: Http
  readonly namespace: string
  readonly #kubectl: Kubectl
  readonly #undo: (() => unknown)[] = []

  private constructor(http: Http, kubectl: Kubectl, namespace: string) {
    this.http = http
    this.namespace = namespace
    this.#kubectl = kubectl
  }

  /** Makes the namespace, and waits until pods can be created in it. */
  static async begin(http: Http, kubectl: Kubectl): Promise<Trial> {
    const trial = new Trial(http, kubectl, unique('upstream'))
    trial.namespaceOwned(trial.namespace)
    await trial.of('namespaces').create({ metadata: { name: trial.namespace, labels: { 'e2e-run': trial.namespace } } })
    await eventually(() => trial.of('serviceaccounts').get('default'))
    return trial
  }

  /** The requests for a resource in this test's namespace, or another, or in all (''); resources without namespaces do not care. */
  of<K extends keyof Kinds>(resource: K, namespace = this.namespace): Door<Kinds[K]> {
    return new Door(this.http, pathOf(resource, namespace))
  }

  /** Runs kubectl in the test's namespace; it must go well. Gives what it printed. */
  kubectl(args: string | readonly string[], options: RunOptions = {}): Promise<string> {
    return this.#kubectl.ok(this.#here(args), options)
  }

  /** Runs kubectl in the test's namespace, however it ends. */
  tryKubectl(args: string | readonly string[], options: RunOptions = {}): Promise<Result> {
    return this.#kubectl.run(this.#here(args), options)
  }

  /** Starts a kubectl that goes on; it is ended with the test. */
  startKubectl(args: string | readonly string[]): Running {
    const running = this.#kubectl.start(this.#here(args))
    this.defer(() => running.stop())
    return running
  }

  #here(args: string | readonly string[]): string[] {
    return ['--namespace', this.namespace, ...(typeof args === 'string' ? args.split(' ') : args)]
  }

  /** Undoes something when the test is over, however it ends; the last first. */
  defer(undo: () => unknown): void {
    this.#undo.push(undo)
  }

  /** Makes one more namespace, which goes with the test. */
  async anotherNamespace(): Promise<string> {
    const name = unique('upstream')
    this.namespaceOwned(name)
    await this.of('namespaces').create({ metadata: { name } })
    await eventually(() => this.of('serviceaccounts', name).get('default'))
    return name
  }

  namespaceOwned(name: string): void {
    this.defer(() => this.of('namespaces').delete(name))
  }

  /** What the cluster itself complains of in the test's namespace: a line for each warning. */
  async warnings(): Promise<string> {
    const events = await this.of('events').items({ fieldSelector: 'type=Warning' })
    return events.map(({ involvedObject, reason, message }) => `\nevent of ${involvedObject.name}: ${reason} ${message}`).join('')
  }

  /** What is undone may be gone already. */
  async end(): Promise<void> {
    for (const undo of this.#undo.reverse())
      try {
        await undo()
      } catch {
        // the test has done so itself
      }
  }
}

/** A name that nothing else has. */
export const unique = (prefix: string): string => `${prefix}-${randomBytes(4).toString('hex')}`
