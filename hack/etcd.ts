import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Why real etcd cannot run on this machine; nothing if it can. */
export function etcdProblem(): string | undefined {
  return spawnSync('etcd', ['--version']).status === 0 ? undefined : 'no etcd here (Debian: etcd-server)'
}

/** Certificate files with which members serve, and whose clients they let in. */
export interface EtcdFiles {
  readonly cert: string
  readonly key: string
  readonly clientCa: string
}

export interface EtcdOptions {
  readonly tls?: EtcdFiles
  /** As etcd's --quota-backend-bytes. */
  readonly quotaBytes?: number
  /** Each member runs as a user of its own, so that it can be told apart on the network: only root can do that. */
  readonly apart?: boolean
}

/** Users that nobody is. */
const firstUser = 61_000

/** One real etcd on the loopback. It ends with the process that started it, however that ends. */
export class EtcdMember {
  readonly endpoint: string
  readonly peerPort: number
  readonly user: number | undefined
  readonly #health: string
  readonly #args: readonly string[]
  #process: ChildProcess | undefined

  constructor(place: {
    readonly endpoint: string
    readonly health: string
    readonly peerPort: number
    readonly user: number | undefined
    readonly args: readonly string[]
  }) {
    this.endpoint = place.endpoint
    this.peerPort = place.peerPort
    this.user = place.user
    this.#health = place.health
    this.#args = place.args
  }

  start(): void {
    const as = this.user === undefined ? [] : ['--reuid', `${this.user}`, '--clear-groups']
    this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', ...as, 'etcd', ...this.#args], { stdio: 'ignore' })
  }

  /** SIGKILL and SIGTERM end it, SIGSTOP lets it hang, SIGCONT takes that back. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const process = this.#process
    if (!process || process.exitCode !== null || process.signalCode !== null) return
    const ended = once(process, 'exit')
    process.kill(signal)
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await ended
  }

  async isHealthy(): Promise<boolean> {
    try {
      return (await fetch(`${this.#health}/health`, { signal: AbortSignal.timeout(1000) })).ok
    } catch {
      return false
    }
  }

  /** How large its file is, with what stands by in it. */
  async storedBytes(): Promise<number> {
    const text = await (await fetch(`${this.#health}/metrics`)).text()
    return Number(/^etcd_mvcc_db_total_size_in_bytes (\S+)$/m.exec(text)?.[1] ?? Number.NaN)
  }

  /** Whether it leads the cluster now. */
  async leads(): Promise<boolean> {
    try {
      const text = await (await fetch(`${this.#health}/metrics`, { signal: AbortSignal.timeout(1000) })).text()
      return /^etcd_server_is_leader 1$/m.test(text)
    } catch {
      return false
    }
  }
}

/** A real etcd cluster of one or more members on this machine, and what can be done to it. */
export class EtcdCluster {
  readonly members: readonly EtcdMember[]
  readonly #directory: string
  readonly #tables = new Set<string>()

  private constructor(directory: string, members: readonly EtcdMember[]) {
    this.#directory = directory
    this.members = members
  }

  /** Starts so many members, and waits until they answer. */
  static async start(count: number, { tls, quotaBytes, apart = false }: EtcdOptions = {}): Promise<EtcdCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'pinnace-etcd-'))
    chmodSync(directory, 0o755)
    const ports = await freePorts(3 * count)
    const [client, peer, health] = [ports.slice(0, count), ports.slice(count, 2 * count), ports.slice(2 * count)]
    const cluster = peer.map((port, at) => `m${at}=http://127.0.0.1:${port}`).join(',')
    const members = client.map((port, at) => {
      const endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
      const user = apart ? firstUser + at : undefined
      const data = join(directory, `m${at}`)
      if (user !== undefined) {
        mkdirSync(data, { mode: 0o700 })
        chownSync(data, user, user)
      }
      const args = ['--name', `m${at}`, '--data-dir', data, '--logger', 'zap', '--log-level', 'error']
      args.push('--listen-client-urls', endpoint, '--advertise-client-urls', endpoint)
      args.push(
        '--listen-peer-urls',
        `http://127.0.0.1:${peer[at]}`,
        '--initial-advertise-peer-urls',
        `http://127.0.0.1:${peer[at]}`,
      )
      args.push('--initial-cluster', cluster, '--listen-metrics-urls', `http://127.0.0.1:${health[at]}`)
      if (quotaBytes !== undefined) args.push('--quota-backend-bytes', `${quotaBytes}`)
      if (tls) args.push('--cert-file', tls.cert, '--key-file', tls.key, '--trusted-ca-file', tls.clientCa, '--client-cert-auth')
      return new EtcdMember({ endpoint, health: `http://127.0.0.1:${health[at]}`, peerPort: peer[at]!, user, args })
    })
    const started = new EtcdCluster(directory, members)
    for (const member of members) member.start()
    await started.healthy()
    return started
  }

  get endpoints(): readonly string[] {
    return this.members.map(({ endpoint }) => endpoint)
  }

  /** Waits until so many members answer (all of them). */
  async healthy(count = this.members.length): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      const healthy = await Promise.all(this.members.map(member => member.isHealthy()))
      if (healthy.filter(Boolean).length >= count) return
      await sleep(50)
    }
    throw new Error(`${count} etcd members did not come up within half a minute`)
  }

  async leader(): Promise<EtcdMember> {
    for (let tries = 0; tries < 600; tries++) {
      const leads = await Promise.all(this.members.map(member => member.leads()))
      const at = leads.indexOf(true)
      if (at >= 0) return this.members[at]!
      await sleep(50)
    }
    throw new Error('no etcd member leads')
  }

  /** Cuts a member off from the others, but not from clients, until the function it gives is called. Needs `apart`. */
  cutOff(member: EtcdMember): () => void {
    const table = `pinnace_etcd_${member.peerPort}`
    const others = this.members.filter(each => each !== member).map(({ peerPort }) => peerPort)
    const rules = [
      `meta skuid ${member.user} tcp dport { ${others.join(', ')} } drop`,
      `tcp dport ${member.peerPort} drop`,
      `tcp sport ${member.peerPort} drop`,
    ]
    const chain = `chain output { type filter hook output priority 0; ${rules.join('; ')}; }\n`
    execFileSync('nft', ['-f', '-'], { input: `table inet ${table} { ${chain} }\n` })
    this.#tables.add(table)
    return () => {
      if (this.#tables.delete(table)) execFileSync('nft', ['delete', 'table', 'inet', table])
    }
  }

  async stop(): Promise<void> {
    for (const table of this.#tables) execFileSync('nft', ['delete', 'table', 'inet', table])
    this.#tables.clear()
    await Promise.all(this.members.map(member => member.signal('SIGKILL')))
    await rm(this.#directory, { recursive: true, force: true })
  }
}

/** Ports on which nobody listens, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports = await Promise.all(
    servers.map(async server => {
      await once(server, 'listening')
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
      return address.port
    }),
  )
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}

/** Why members cannot be cut off from one another on this machine; nothing if they can. */
export function nftProblem(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  return spawnSync('nft', ['list', 'tables']).status === 0 ? undefined : 'no nftables here'
}
