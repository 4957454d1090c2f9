import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { legacySigner } from '#apiserver/authentication/legacy-token.ts'
import { firstIp } from '#apiserver/services/keeping.ts'
import { Client } from '#client/client.ts'
import { retrying } from '#client/retrying.ts'
import { type Access, httpsTransport, type Transport } from '#client/transport.ts'
import { hostIp } from '#kubelet/node/host.ts'
import { type Component, together } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import type { Storage } from '#storage/storage.ts'
import { Authority } from './certificates.ts'
import type { Ground } from './components.ts'
import { accessAs, identities, subjects } from './identities.ts'
import { adminKubeconfig, writeAdminKubeconfig } from './kubeconfig.ts'
import { openLog } from './log.ts'
import { podCidrOf } from './network.ts'
import type { Nodes } from './nodes.ts'
import { type ClusterOptions, type Part, type Settled, settle } from './options.ts'
import type { Subject } from './pair.ts'
import { chooseRuntime, type NodeSeat } from './runtimes.ts'
import { serve } from './serve.ts'
import { readServices } from './serving/services.ts'
import { describeStorage, isShared, openStorage } from './storage.ts'
import { writable } from './writable.ts'

/** A running cluster. */
export interface Cluster {
  /** The file for kubectl and every other client: the cluster's administrator. */
  readonly kubeconfig: string
  readonly access: Access
  readonly port: number
  /** A client of the administrator. */
  readonly client: Client
  readonly nodes: readonly string[]
  /** Resolves when the cluster has ended; rejects with what fell. */
  readonly ended: Promise<void>
  /** Ends everything that was started, containers included. */
  stop(): Promise<void>
}

/** Starts a whole cluster in this process. Resolves when the API answers and every part has begun; nodes become Ready right after. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'pinnace-')))
  await writable(data)
  const settled = settle(options, data)
  const forget = async (): Promise<void> => {
    if (!options.data) await rm(data, { recursive: true, force: true })
  }
  const stop = new AbortController()
  try {
    const started = await start(settled, openLog(data), stop)
    const ended = started.ended.finally(forget)
    const end = (): Promise<void> => {
      stop.abort()
      return ended
    }
    return { ...started, ended, stop: end }
  } catch (error) {
    stop.abort()
    await forget()
    throw error
  }
}

async function start(settled: Settled, log: Log, stop: AbortController): Promise<Omit<Cluster, 'stop'>> {
  const { data, clock, random, tell } = settled
  const { advertiseAddress } = settled.serving
  const ip = hostIp()
  const address = advertiseAddress ?? ip
  const services = readServices(settled.serving)
  const [authority, storage, runtime] = await Promise.all([
    Authority.open(join(data, 'pki'), clock),
    openStorage(settled),
    chooseRuntime(settled.runtime, { clock, log }),
  ])
  const who = await identities(authority, {
    addresses: address === '127.0.0.1' ? [] : [address],
    serviceIp: firstIp(services),
  })
  const isReal = runtime.kind === 'docker'
  const isOpen = isReal || advertiseAddress !== undefined
  const server = await serve({ settled, storage, who, ca: authority.cert, ip: address, isOpen, log }, stop.signal)
  const { port } = server
  const access = accessAs(who.admin, port, authority.cert)
  await writeAdminKubeconfig(data, access)
  tell(`API server    https://127.0.0.1:${port}, storage ${describeStorage(settled.storage)}`)

  const has = (part: Part): boolean => !settled.without.includes(part)
  // The parts live with the API server: they come to it by the short way, as whom their certificates would show.
  const transportOf = ({ commonName, organizations = [] }: Subject): Transport =>
    retrying(server.insider({ name: commonName, groups: [...organizations, 'system:authenticated'] }), clock)
  const groundOf = (subject: Subject): Ground => ({
    transport: transportOf(subject),
    clock,
    random,
    log,
    candidate: isShared(settled.storage) ? `${hostname()}_${process.pid}` : undefined,
  })
  // Loaded when the API answers: it can do without them, and need not wait.
  const { controllerManagerOf, proxyOf, schedulerOf } = await import('./components.ts')
  const components: Component[] = []
  if (has('controller-manager')) {
    components.push(
      controllerManagerOf(groundOf(subjects.controllerManager), {
        rootCa: authority.cert,
        signing: authority.signing,
        signToken: legacySigner(who.tokenKey),
      }),
    )
    tell('controllers   running')
  }
  if (has('scheduler')) {
    components.push(schedulerOf(groundOf(subjects.scheduler)))
    tell('scheduler     running')
  }
  const nodes = has('kubelet')
    ? await (await import('./nodes.ts')).makeNodes(seats(settled), {
        transportOf: node => transportOf(subjects.node(node)),
        transportOfAll: transportOf(subjects.allNodes),
        runtime,
        server: { host: isReal ? '0.0.0.0' : '127.0.0.1', port: 0, tls: { ...who.kubeletServer, clientCa: authority.cert } },
        ip: isReal ? ip : '127.0.0.1',
        clock,
        random,
        log,
      })
    : undefined
  if (nodes) {
    components.push(...nodes.components)
    tell(`nodes         ${nodes.names.length}, ${runtime.why}`)
  }
  if (has('proxy') && isReal && nodes) {
    const { nftablesProblem } = await import('#proxy/nftables.ts')
    const problem = await nftablesProblem()
    if (!problem)
      components.push(
        proxyOf(
          groundOf(subjects.proxy),
          nodes.names,
          services.cidrs.find(cidr => !cidr.includes(':')),
        ),
      )
    tell(problem ? `proxy         not running, Services have no addresses: ${problem}` : 'proxy         nftables')
  }
  const ended = run(components, nodes, server.stopped, storage, stop)
  return {
    kubeconfig: adminKubeconfig(data),
    access,
    port,
    client: new Client(httpsTransport(access)),
    nodes: nodes?.names ?? [],
    ended,
  }
}

/** The nodes of a cluster that is one process: node-1, node-2, …, each with a part of the pods' addresses. */
const seats = ({ data, nodes }: Settled): NodeSeat[] =>
  Array.from({ length: nodes }, (_, index) => {
    const name = `node-${index + 1}`
    return { name, podCidr: podCidrOf(index), directory: join(data, 'kubelet', name) }
  })

/** Runs until the signal aborts, or a part falls; then ends what is left, in order: parts, containers, API server, storage. */
async function run(
  components: readonly Component[],
  nodes: Nodes | undefined,
  served: Promise<void>,
  storage: Storage,
  stop: AbortController,
): Promise<void> {
  try {
    await together([...components, { name: 'API server', run: () => served }], stop.signal)
  } finally {
    stop.abort()
    await nodes?.cleanup()
    await served.catch(() => {})
    await storage.close()
  }
}
