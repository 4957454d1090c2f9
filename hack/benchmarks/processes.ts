import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Target, tryFetch } from './load/fetch.ts'

/** As a person types it. */
const pinnace = 'hack/pinnace'

const interrupts = ['SIGINT', 'SIGTERM'] as const

/** What a benchmark runs on: its directory and processes, which end with it, or when the signal aborts. */
export class Ground implements AsyncDisposable {
  readonly directory: string
  readonly #patienceMs: number
  readonly #signal: AbortSignal | undefined
  readonly #children: ChildProcess[] = []
  /** Where this process is ended in the middle of it. */
  readonly #kill = (): void => {
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.directory, { recursive: true, force: true })
  }

  /** Where somebody interrupts it: a cluster that ends by itself takes its containers with it. */
  readonly #leave = (): void => void this[Symbol.asyncDispose]().finally(() => process.exit(1))

  private constructor(directory: string, { signal, patienceMs = 10_000 }: GroundOptions) {
    this.directory = directory
    this.#patienceMs = patienceMs
    this.#signal = signal
    signal?.addEventListener('abort', this.#stop)
    process.once('exit', this.#kill)
    for (const signal of interrupts) process.once(signal, this.#leave)
  }

  static async make(options: GroundOptions): Promise<Ground> {
    options.signal?.throwIfAborted()
    return new Ground(await mkdtemp(join(tmpdir(), 'pinnace-bench-')), options)
  }

  /** Starts a cluster on a directory of the ground; resolves as soon as /readyz says so. */
  async cluster(name: string, flags: readonly string[]): Promise<Server> {
    const data = join(this.directory, name)
    const port = await freePort()
    const args = ['up', '--data', data, '--port', String(port), '--runtime', 'simulated', ...flags]
    return this.#serve(pinnace, args, port, data)
  }

  /** Starts the floor: a server that does the least that can be done. It shows the certificates of a cluster's directory. Before it listens it reads a whole LMDB, if it is given one. */
  async floor(data: string, stock: readonly string[] = []): Promise<Server> {
    const port = await freePort()
    return this.#serve(process.execPath, ['hack/benchmarks/floor.ts', String(port), data, this.directory, ...stock], port, data)
  }

  /** Starts another command of `pinnace`. */
  command(...args: readonly string[]): ChildProcess {
    return this.#keep(spawn(pinnace, args, { stdio: ['ignore', 'ignore', 'inherit'] }))
  }

  /** Starts a module that speaks with this process; `isolated`: with a network of its own, which only root may make. */
  fork(module: string, { isolated = false } = {}): ChildProcess {
    const through = isolated ? { execPath: 'unshare', execArgv: ['--net', process.execPath] } : {}
    return this.#keep(fork(module, { serialization: 'advanced', ...through }))
  }

  /** Ends a process and waits until it has ended. */
  async end(child: ChildProcess): Promise<void> {
    if (hasEnded(child)) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const last = setTimeout(() => child.kill('SIGKILL'), this.#patienceMs)
    await ended
    clearTimeout(last)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
    this.#signal?.removeEventListener('abort', this.#stop)
    process.off('exit', this.#kill)
    for (const signal of interrupts) process.off(signal, this.#leave)
    await rm(this.directory, { recursive: true, force: true })
  }

  async #serve(command: string, args: readonly string[], port: number, data: string): Promise<Server> {
    const begun = performance.now()
    const child = this.#keep(spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }))
    const anyone = { port, ca: '', cert: '', key: '' }
    while ((await tryFetch(anyone, '/readyz'))?.code !== 200) {
      if (hasEnded(child)) throw new Error(`${command} ${args[0]} ended with ${child.exitCode ?? child.signalCode}`)
      await sleep(3)
    }
    const readyMs = performance.now() - begun
    const [ca = '', cert = '', key = ''] = await Promise.all(
      ['ca.crt', 'admin.crt', 'admin.key'].map(file => readFile(join(data, 'pki', file), 'utf8')),
    )
    return { child, target: { port, ca, cert, key }, data, begun, readyMs }
  }

  readonly #stop = (): Promise<unknown> => Promise.all(this.#children.map(child => this.end(child)))

  #keep(child: ChildProcess): ChildProcess {
    this.#children.push(child)
    return child
  }
}

/** A server in a process of its own. */
export interface Server {
  readonly child: ChildProcess
  /** How the administrator reaches it. */
  readonly target: Target
  readonly data: string
  /** When it was started, by performance.now(). */
  readonly begun: number
  /** From its start to the first good answer of /readyz. */
  readonly readyMs: number
}

export interface GroundOptions {
  readonly signal?: AbortSignal
  /** How long a process may take to end after SIGTERM, ms. */
  readonly patienceMs?: number
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

/** What a process has used of processors until now. Linux counts in hundredths of a second. */
export async function cpuMs({ child }: Server): Promise<number> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
