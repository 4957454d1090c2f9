import { X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CertificateSigningRequest } from '#api/certificates/v1.ts'
import { StatusError } from '#api/status.ts'
import { Client } from '#client/client.ts'
import { readKubeconfig, writeKubeconfig } from '#client/kubeconfig.ts'
import { type Access, httpsTransport, type Transport } from '#client/transport.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Component } from '#machinery/component.ts'
import type { Log } from '#machinery/log.ts'
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
const againMs = 30_000

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
    const bootstrap = await readKubeconfig(files.bootstrapKubeconfig)
    const transport = httpsTransport(bootstrap)
    try {
      const client = new Client(transport, { userAgent: 'kubelet' })
      await untilAnswering(client, world, signal)
      const pair = await ask(client, files.nodeName, world.clock, signal)
      return new NodeCertificate(files, world, await keep(files.kubeconfig, bootstrap, pair))
    } finally {
      transport.close()
    }
  }

  /** Renews the certificate whenever it is time, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#world
    const client = new Client(this.transport, { userAgent: 'kubelet' })
    let pauseMs = untilRenewal(this.#access, clock.now(), random)
    for (;;) {
      await clock.sleep(pauseMs, signal)
      if (signal.aborted) return
      try {
        const pair = await ask(client, this.#files.nodeName, clock, signal)
        this.#access = await keep(this.#files.kubeconfig, this.#access, pair)
        const former = this.#current
        this.#current = httpsTransport(this.#access)
        former.close()
        // One that is issued with most of its life behind it must not keep the node asking.
        pauseMs = Math.max(againMs, untilRenewal(this.#access, clock.now(), random))
        log.info('the certificate of the node is renewed')
      } catch (error) {
        if (signal.aborted) return
        log.warn('the certificate of the node could not be renewed', { error: (error as Error).message })
        pauseMs = againMs
      }
    }
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

/** Whether a kubeconfig has a certificate that can still be used. */
function holds({ cert, key }: Access, now: Date): boolean {
  if (!cert || !key) return false
  try {
    return Date.parse(new X509Certificate(cert).validTo) > now.getTime()
  } catch {
    return false
  }
}

/** How long to wait: not all nodes come at once. */
function untilRenewal({ cert = '' }: Pick<Access, 'cert'>, now: Date, random: () => number): number {
  const { validFrom, validTo } = new X509Certificate(cert)
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)]
  return Math.max(0, from + (to - from) * (0.7 + 0.2 * random()) - now.getTime())
}

/** Writes down who the node is from now on: whatever else it came with is over. */
async function keep(kubeconfig: string, { token: _, ...access }: Access, pair: Pair): Promise<Access> {
  const renewed = { ...access, ...pair }
  await mkdir(dirname(kubeconfig), { recursive: true })
  await writeKubeconfig(kubeconfig, [{ name: 'default-cluster', user: 'default-auth', access: renewed }])
  return renewed
}

/** Asks for a certificate by a new key, and waits for as long as it takes until somebody approves and signs. Throws if it is denied. */
async function ask(client: Client, nodeName: string, clock: Clock, signal: AbortSignal): Promise<Pair> {
  const { requestFor } = await import('./x509.ts')
  const { key, request } = await requestFor(subjects.node(nodeName))
  const { metadata } = await client.create(
    CertificateSigningRequest,
    {
      metadata: { generateName: 'csr-' },
      spec: {
        request: Buffer.from(request).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
        usages: ['digital signature', 'client auth'],
      },
    },
    signal,
  )
  const name = metadata.name ?? ''
  for (;;) {
    const { status = {} } = await client.get(CertificateSigningRequest, { namespace: '', name }, signal)
    const refusal = status.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed')
    if (refusal) throw new Error(`certificate signing request ${name}: ${refusal.type}: ${refusal.message ?? ''}`)
    if (status.certificate) return { cert: Buffer.from(status.certificate, 'base64').toString(), key }
    await clock.sleep(lookMs, signal)
    signal.throwIfAborted()
  }
}
