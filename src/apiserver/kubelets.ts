import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { Node, Pod } from '#api/core/v1.ts'
import { badRequest, notFound, StatusError } from '#api/status.ts'
import type { Reader } from './reader.ts'
import type { Answer, Request } from './request.ts'

/** How the API server shows itself to kubelets. PEM texts. */
export interface KubeletAccess {
  readonly cert: string
  readonly key: string
  /** Signs the kubelets' serving certificates. */
  readonly ca: string
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
  readonly #tls: KubeletAccess

  constructor(reader: Reader, tls: KubeletAccess) {
    this.#reader = reader
    this.#tls = tls
    this.#agent = new Agent({ ...tls, keepAlive: true, checkServerIdentity: () => undefined })
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
    return { pod, address: this.#address(nodeName) }
  }

  /** Passes a request on to a kubelet and its answer back. */
  async relay(request: Request, address: KubeletAddress, path: string): Promise<Answer> {
    const answer = await this.#send(request, address, path, {})
    const type = answer.headers['content-type'] ?? 'text/plain'
    const code = answer.statusCode ?? 502
    if (code >= 400) {
      const text = await textOf(answer)
      throw new StatusError(
        code === 404 ? 'NotFound' : code === 400 ? 'BadRequest' : 'InternalError',
        text.trim(),
        undefined,
        code,
      )
    }
    return {
      code,
      type,
      body: async out => {
        request.signal.addEventListener('abort', () => answer.destroy(), { once: true })
        for await (const chunk of answer)
          if (!out.write(chunk)) await new Promise(resolve => out.once('drain', resolve).once('close', resolve))
      },
    }
  }

  /** Joins the client's upgraded connection to the kubelet's. Throws for a request that asks no upgrade, and for a kubelet that refuses. */
  async join(request: Request, address: KubeletAddress, path: string): Promise<undefined> {
    const { upgrade, headers } = request
    if (!upgrade) throw badRequest('Upgrade request required')
    const { connection, upgrade: protocol } = headers
    const passed = Object.fromEntries(
      Object.entries(headers).filter(([name]) => /^(sec-websocket-|x-stream-protocol-version)/.test(name)),
    )
    const client = upgrade.socket
    const kubelet = httpsRequest(
      this.#options(request, address, path, { ...passed, connection: connection ?? 'Upgrade', upgrade: protocol ?? '' }),
    )
    return new Promise((resolve, reject) => {
      kubelet.once('upgrade', (answer, socket, head) => {
        client.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(answer)}\r\n`)
        if (head.length > 0) client.write(head)
        if (upgrade.head.length > 0) socket.write(upgrade.head)
        socket.pipe(client).pipe(socket)
        for (const [one, other] of [
          [socket, client],
          [client, socket],
        ] as const) {
          one.on('error', () => other.destroy())
          one.on('close', () => other.destroy())
        }
        resolve(undefined)
      })
      kubelet.once('response', answer => {
        textOf(answer).then(text => reject(new StatusError('BadRequest', text.trim(), undefined, answer.statusCode)), reject)
      })
      kubelet.once('error', error => reject(unreachable(error)))
      kubelet.end()
    })
  }

  #address(nodeName: string): KubeletAddress {
    const node = this.#reader.get(Node, { namespace: '', name: nodeName })
    if (!node) throw notFound(Node, nodeName)
    const addresses = node.status?.addresses ?? []
    const host = (addresses.find(({ type }) => type === 'InternalIP') ?? addresses[0])?.address
    if (!host) throw new StatusError('ServiceUnavailable', `no preferred addresses found for node "${nodeName}"`)
    return { host, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250 }
  }

  #send(request: Request, address: KubeletAddress, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const out = httpsRequest(
        { ...this.#options(request, address, path, headers), agent: this.#agent, signal: request.signal },
        resolve,
      )
      out.once('error', error => reject(unreachable(error)))
      out.end()
    })
  }

  #options({ raw }: Request, { host, port }: KubeletAddress, path: string, headers: Record<string, string>): RequestOptions {
    return { ...this.#tls, host, port, path, method: raw.method ?? 'GET', headers, checkServerIdentity: () => undefined }
  }
}

const unreachable = (error: Error): StatusError =>
  new StatusError('ServiceUnavailable', `error dialing backend: ${error.message}`)

function headerLines({ rawHeaders }: IncomingMessage): string {
  let lines = ''
  for (let at = 0; at < rawHeaders.length; at += 2) lines += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`
  return lines
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
