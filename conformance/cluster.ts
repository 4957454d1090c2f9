import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kubectl } from './kubectl.ts'
import { aloneOnThisMachine, containersWith, dockerProblem, freePort } from './machine.ts'
import { inHouse, type Result, Running, run } from './program.ts'

export interface ClusterFlags {
  readonly runtime: 'docker' | 'simulated'
  readonly nodes?: number
  /** How long old resourceVersions can be read: `30s`. */
  readonly history?: string
}

/** How long it may take to start or end a cluster: pods get their grace. */
const longestMs = 120_000
/** How long it may take until other clusters with real containers have gone from this machine. */
export const longestWaitMs = 900_000

/** A cluster of a suite's own, in a directory and on a port of its own, driven from outside: through `hack/up` and `hack/pinnace`. */
export class Cluster {
  readonly data: string
  readonly port: number
  readonly #flags: readonly string[]
  readonly #pids = new Set<number>()
  readonly #undertaker: Undertaker

  private constructor(data: string, port: number, flags: readonly string[]) {
    this.data = data
    this.#undertaker = undertaker(data)
    this.port = port
    this.#flags = flags
  }

  /** Makes the directory and finds a port; starts nothing. */
  static async at({ runtime, nodes = 1, history }: ClusterFlags): Promise<Cluster> {
    const data = await mkdtemp(join(tmpdir(), 'pinnace-conformance-'))
    const port = await freePort()
    return new Cluster(data, port, [
      '--data',
      data,
      '--port',
      `${port}`,
      '--runtime',
      runtime,
      '--nodes',
      `${nodes}`,
      ...(history ? ['--history', history] : []),
    ])
  }

  get kubectl(): Kubectl {
    return new Kubectl(join(this.data, 'kubeconfig'))
  }

  /** Starts it behind the scenes; comes back when the nodes are Ready, or it has failed. */
  async tryUp(...more: string[]): Promise<Result> {
    const result = await run(inHouse('hack/up'), [...this.#flags, ...more, '--detach'], { longestMs })
    const pid = await this.pid()
    if (pid) this.#pids.add(pid)
    return result
  }

  /** Starts it behind the scenes; throws if that does not succeed. */
  async up(): Promise<void> {
    const { code, stdout, stderr } = await this.tryUp()
    if (code !== 0)
      throw new Error(`hack/up: ${stdout}${stderr}${await readFile(join(this.data, 'up.log'), 'utf8').catch(() => '')}`)
  }

  /** Starts it in the foreground. */
  foreground(): Running {
    const running = new Running(inHouse('hack/up'), this.#flags, { longestMs: 0 })
    this.#pids.add(running.child.pid!)
    return running
  }

  status(): Promise<Result> {
    return run(inHouse('hack/pinnace'), ['status', '--data', this.data])
  }

  down(): Promise<Result> {
    return run(inHouse('hack/pinnace'), ['down', '--data', this.data], { longestMs })
  }

  /** The process that runs it, as `status` says; nothing if there is none. */
  async pid(): Promise<number | undefined> {
    const { stdout } = await this.status()
    const [, pid] = /process (\d+) runs/.exec(stdout) ?? []
    return pid ? Number(pid) : undefined
  }

  /** Kills its process as a failing machine would. */
  async kill(): Promise<void> {
    const pid = await this.pid()
    assert.ok(pid, 'it runs')
    process.kill(pid, 'SIGKILL')
    while (isAlive(pid)) await new Promise(resolve => setImmediate(resolve))
  }

  /** The containers of its pods: ids. */
  containers(): Promise<string[]> {
    return containersWith('dev.pinnace.owner', join(this.data, 'kubelet', 'node-1'))
  }

  /** Ends it, and takes away whatever it has left, even what it should have taken away itself. */
  async remove(): Promise<void> {
    await this.down()
    for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    if (this.#flags.includes('docker')) {
      const left = await this.containers()
      if (left.length > 0) await run('docker', ['rm', '--force', '--volumes', ...left])
      await run('nft', ['delete', 'table', 'ip', 'kube-proxy'])
      for (const mount of await mountsBelow(this.data)) await run('umount', ['--lazy', mount])
    }
    await rm(this.data, { recursive: true, force: true })
    await this.#undertaker()
  }
}

/** Ends its own waiting, and what it would have done. */
type Undertaker = () => Promise<void>

/** A process that waits for the end of this one, however that comes, and then takes the cluster of a directory away. */
function undertaker(data: string): Undertaker {
  const script = 'cat; "$0" down --data "$1"; rm -rf "$1"'
  const waiting = spawn('sh', ['-c', script, inHouse('hack/pinnace'), data], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(waiting, 'exit')
  return async () => {
    waiting.stdin!.end()
    await ended
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Where something is mounted below a directory, the innermost first. */
export async function mountsBelow(directory: string): Promise<string[]> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '')
  const places = mounts.split('\n').map(line => line.split(' ')[1] ?? '')
  return places.filter(place => place.startsWith(`${directory}/`)).reverse()
}

/**
 * Gives every test of the suite around it one running cluster, and takes it away at the end, whatever became of the tests. With
 * PINNACE_CONFORMANCE_KUBECONFIG the suite runs against that cluster instead, and leaves it running. Skips what this machine cannot run.
 */
export function clusterForSuite(flags: ClusterFlags): () => Kubectl {
  let kubectl: Kubectl | undefined
  const undo: (() => Promise<void>)[] = []

  before(async function () {
    this.timeout(longestWaitMs)
    const given = process.env.PINNACE_CONFORMANCE_KUBECONFIG
    if (given) {
      const home = await mkdtemp(join(tmpdir(), 'pinnace-conformance-'))
      undo.push(() => rm(home, { recursive: true, force: true }))
      await copyFile(given, join(home, 'kubeconfig'))
      kubectl = new Kubectl(join(home, 'kubeconfig'))
      return
    }
    const cluster = await ownCluster.call(this, flags, undo)
    await cluster.up()
    kubectl = cluster.kubectl
  })

  after(async function () {
    this.timeout(longestMs)
    for (const step of undo.reverse()) await step()
  })

  return () => kubectl!
}

/** Makes a cluster that is removed by `undo`, read backwards; skips the suite where its pods cannot run, or have no kubectl to drive them. */
export async function ownCluster(this: Mocha.Context, flags: ClusterFlags, undo: (() => Promise<void>)[]): Promise<Cluster> {
  const problem = (await kubectlProblem()) ?? (flags.runtime === 'docker' ? await dockerProblem() : undefined)
  if (problem) {
    console.log(`      skipped: ${problem}`)
    this.skip()
  }
  if (flags.runtime === 'docker') undo.push(await aloneOnThisMachine())
  const cluster = await Cluster.at(flags)
  undo.push(() => cluster.remove())
  return cluster
}

const kubectlProblem = (): Promise<string | undefined> =>
  run('kubectl', ['version', '--client']).then(
    ({ code, stderr }) => (code === 0 ? undefined : stderr),
    () => 'there is no kubectl on PATH',
  )
