import type { IncomingMessage } from 'node:http'
import { Agent } from 'node:https'
import { text } from 'node:stream/consumers'
import { checkServerIdentity as checkIdentity } from 'node:tls'
import { Node, Pod } from '#api/core/v1.ts'
import { badRequest, notFound, StatusError } from '#api/status.ts'
import type { Request, Streamed } from './request/request.ts'
import type { Reader } from './store/reader.ts'
import { dialProblem } from './wire/dial-problem.ts'
import { type Backend, join, passedBack, send } from './wire/forward.ts'

/** How the API server shows itself to kubelets. PEM texts. */
export interface KubeletAccess {
  readonly cert: string
  readonly key: string
  /** Signs the kubelets' serving certificates. */
  readonly ca: string
  /** Whether these must also be for the address where the kubelet is called; else whatever `ca` has signed is believed. */
  readonly checksNames?: boolean
}

/** Where one pod's kubelet answers. */
export interface KubeletAddress {
  readonly host: string
  readonly port: number
}

/** What runs on nodes, reached through their kubelets: logs, exec, attach and port-forward are theirs; requests are passed on byte for byte. */
export class Kubelets {
  readonly #reader: Reader
  readonly #agent: Agent
  readonly #tls: Pick<KubeletAccess, 'ca' | 'cert' | 'key'>
  readonly #checksNames: boolean

  constructor(reader: Reader, { checksNames = false, ...tls }: KubeletAccess) {
    this.#reader = reader
    this.#tls = tls
    this.#checksNames = checksNames
    this.#agent = new Agent({ ...tls, keepAlive: true })
  }

  /** Lets go of idle connections. */
  close(): void {
    this.#agent.destroy()
  }

  /** The pod, newest state. Throws NotFound, and BadRequest for one that is not placed yet. */
  async placed(namespace: string, name: string): Promise<{ pod: Readonly<Pod>; address: KubeletAddress }> {
    const pod = await this.#reader.live(Pod, { namespace, name })
    if (!pod) throw notFound(Pod, name)
    const { nodeName } = pod.spec
    if (!nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
    return { pod, address: this.address(nodeName) }
  }

  /** Passes a request on to a kubelet and its answer back. */
  async relay(request: Request, address: KubeletAddress, path: string): Promise<Streamed> {
    const backend = this.backend(address)
    const answer = await send(request, backend, { path, headers: {} }).catch(unreachable(backend))
    if ((answer.statusCode ?? 502) >= 400) throw await refusal(answer)
    return passedBack(request, answer, answer.headers['content-type'] ?? 'text/plain')
  }

  /** Joins the client's upgraded connection to the kubelet's. Throws for a request that asks no upgrade, and for a kubelet that refuses. */
  async join(request: Request, address: KubeletAddress, path: string): Promise<undefined> {
    const { upgrade, headers, query } = request
    if (query.has('dryRun')) throw badRequest('dryRun is not supported')
    if (!upgrade) throw badRequest('Upgrade request required')
    const { connection, upgrade: protocol } = headers
    const passed = Object.fromEntries(
      Object.entries(headers).filter(([name]) => /^(sec-websocket-|x-stream-protocol-version)/.test(name)),
    )
    const backend = this.backend(address)
    const answer = await join(request, upgrade.socket, upgrade.head, backend, {
      path,
      headers: { ...passed, connection: connection ?? 'Upgrade', upgrade: protocol ?? '' },
    }).catch(unreachable(backend))
    if (answer) throw await refusal(answer)
  }

  /** How a kubelet is spoken to. */
  backend(address: KubeletAddress): Backend {
    // Not by the name in a Host header: by the address that is called.
    const checkServerIdentity: Backend['checkServerIdentity'] = (_, certificate) =>
      this.#checksNames ? checkIdentity(address.host, certificate) : undefined
    return { ...this.#tls, ...address, protocol: 'https:', agent: this.#agent, checkServerIdentity }
  }

  /** Where the kubelet of a node answers. Throws NotFound, and ServiceUnavailable for a node without an address. */
  address(nodeName: string): KubeletAddress {
    const node = this.#reader.get(Node, { namespace: '', name: nodeName })
    if (!node) throw notFound(Node, nodeName)
    const addresses = node.status?.addresses ?? []
    const host = (addresses.find(({ type }) => type === 'InternalIP') ?? addresses[0])?.address
    if (!host) throw new StatusError('ServiceUnavailable', `no preferred addresses found for node "${nodeName}"`)
    return { host, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250 }
  }
}

const unreachable =
  (backend: Backend) =>
  (error: Error): never => {
    throw new StatusError('ServiceUnavailable', `error dialing backend: ${dialProblem(error, backend)}`)
  }

/** What a kubelet refuses, as a Status with its code and its words. */
async function refusal(answer: IncomingMessage): Promise<StatusError> {
  const { statusCode: code = 502 } = answer
  const reason = code === 404 ? 'NotFound' : code === 400 ? 'BadRequest' : 'InternalError'
  return new StatusError(reason, (await text(answer)).trim(), undefined, code)
}
