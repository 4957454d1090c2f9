import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StatusError } from '#api/status.ts'
import { Client } from '#client/client.ts'
import { readKubeconfig, writeKubeconfig } from '#client/kubeconfig.ts'
import { type Access, httpsTransport, type Transport } from '#client/transport.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
import { againMs, betweenMs, holds, untilRenewalMs } from './certificate-life.ts'
import { requestCertificate, type Wish } from './certificate-request.ts'
import { subjects } from './identities.ts'
import type { Pair } from './pair.ts'

/** Which node it is, and by which files it comes to the API server. */
export interface NodeFiles {
  readonly nodeName: string
  /** Where its certificate is written, and read again at the next start. */
  readonly kubeconfig: string
  /** What it comes with as long as it has none. */
  readonly bootstrapKubeconfig: string
}

/** The world of a node's certificate. */
export interface NodeWorld {
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

const lookMs = 1000

/**
 * The certificate by which a kubelet comes to the API server: asked for with a bootstrap kubeconfig where it has none, and renewed,
 * while it runs, at 70 to 90 % of its life (upstream: --bootstrap-kubeconfig; pkg/kubelet/certificate/bootstrap,
 * client-go/util/certificate).
 */
export class NodeCertificate implements Component {
  readonly name = 'kubelet client certificate'
  /** The way to the API server, always with the newest certificate. */
  readonly transport: Transport
  readonly #files: NodeFiles
  readonly #world: NodeWorld
  #access: Access
  #current: Transport

  private constructor(files: NodeFiles, world: NodeWorld, access: Access) {
    this.#files = files
    this.#world = world
    this.#access = access
    this.#current = httpsTransport(access)
    this.transport = {
      send: (request, signal) => this.#current.send(request, signal),
      close: () => this.#current.close(),
    }
  }

  /** Uses the certificate of the kubeconfig while it holds; gets one where there is none. Throws if it is refused. */
  static async open(files: NodeFiles, world: NodeWorld, signal: AbortSignal): Promise<NodeCertificate> {
    const found = await readKubeconfig(files.kubeconfig).catch(() => undefined)
    if (found && holds(found, world.clock.now())) return new NodeCertificate(files, world, found)
    return new NodeCertificate(files, world, await join(files, world, signal))
  }

  /**
   * Renews the certificate whenever it is time, until the signal aborts. One that has ended (the machine slept, or the API server was
   * away for long) proves nothing any more: then the node joins anew.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#world
    let pauseMs = this.#restMs()
    let failures = 0
    for (;;) {
      await clock.sleep(pauseMs, signal)
      if (signal.aborted) return
      try {
        this.#access = await (holds(this.#access, clock.now()) ? this.#renewed(signal) : join(this.#files, this.#world, signal))
        const former = this.#current
        this.#current = httpsTransport(this.#access)
        former.close()
        pauseMs = Math.max(betweenMs, this.#restMs())
        failures = 0
        log.info('the certificate of the node is renewed')
      } catch (error) {
        if (signal.aborted) return
        log.warn('the certificate of the node could not be renewed', { error: (error as Error).message })
        pauseMs = againMs(++failures)
      }
    }
  }

  async #renewed(signal: AbortSignal): Promise<Access> {
    const client = new Client(this.transport, { userAgent: 'kubelet' })
    const pair = await requestCertificate(client, wishOf(this.#files), this.#world.clock, signal)
    return keep(this.#files.kubeconfig, this.#access, pair)
  }

  #restMs(): number {
    return untilRenewalMs({ cert: this.#access.cert ?? '' }, this.#world.clock.now(), this.#world.random)
  }
}

const wishOf = ({ nodeName }: NodeFiles): Wish => ({
  subject: subjects.node(nodeName),
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  purpose: 'client auth',
})

/** Gets a first certificate with what the bootstrap kubeconfig has, as soon as there is an API server. Throws if it is refused. */
async function join(files: NodeFiles, world: NodeWorld, signal: AbortSignal): Promise<Access> {
  const bootstrap = await readKubeconfig(files.bootstrapKubeconfig)
  const transport = httpsTransport(bootstrap)
  try {
    const client = new Client(transport, { userAgent: 'kubelet' })
    await untilAnswering(client, world, signal)
    return await keep(files.kubeconfig, bootstrap, await requestCertificate(client, wishOf(files), world.clock, signal))
  } finally {
    transport.close()
  }
}

/** Waits until the API server says anything at all: a node may start before it (upstream: WaitForServer). */
async function untilAnswering(client: Client, { clock, log }: NodeWorld, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await client.request('GET', '/version', undefined, { signal })
      return
    } catch (error) {
      if (error instanceof StatusError) return
      signal.throwIfAborted()
      log.warn('the API server does not answer yet', { error: (error as Error).message })
      await clock.sleep(lookMs, signal)
    }
  }
}

/** Writes down who the node is from now on: whatever else it came with is over. */
async function keep(kubeconfig: string, { token: _, ...access }: Access, pair: Pair): Promise<Access> {
  const renewed = { ...access, ...pair }
  await mkdir(dirname(kubeconfig), { recursive: true })
  await writeKubeconfig(kubeconfig, [{ name: 'default-cluster', user: 'default-auth', access: renewed }])
  return renewed
}
