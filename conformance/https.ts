import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import type { Kubectl } from './kubectl.ts'

/** What a server answered. */
export interface Answer {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly bytes: Buffer
  /** The text as a metav1.Status, or any other object. */
  json<T = Status>(): T
}

export interface Status {
  readonly kind: string
  readonly message: string
  readonly reason: string
  readonly code: number
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly causes?: readonly { readonly field: string; readonly message: string }[]
  }
}

export interface Send {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
  /** Read no more than the first that comes, and hang up: for a watch. */
  readonly first?: boolean
  /** Come as nobody. */
  readonly anonymous?: boolean
}

/** Sends whatever no honest client would: Who comes is the kubeconfig's user. */
export async function sender(kubectl: Kubectl): Promise<(path: string, options?: Send) => Promise<Answer>> {
  const config = JSON.parse(await kubectl.ok('config view --raw --minify -o json')) as Kubeconfig
  const [{ cluster }, { user }] = [config.clusters[0]!, config.users[0]!]
  const pem = (text = ''): Buffer => Buffer.from(text, 'base64')
  const ca = pem(cluster['certificate-authority-data'])
  const pair = { cert: pem(user['client-certificate-data']), key: pem(user['client-key-data']) }
  const { hostname: host, port } = new URL(cluster.server)

  const agents = {
    anonymous: new Agent({ keepAlive: true, maxSockets: 16 }),
    known: new Agent({ keepAlive: true, maxSockets: 16 }),
  }

  return async (path, { method = 'GET', headers = {}, body, first, anonymous = false } = {}) => {
    const sent = request({
      host,
      port,
      path,
      method,
      headers,
      ca,
      agent: anonymous ? agents.anonymous : agents.known,
      ...(!anonymous && pair),
    })
    return answerOf(sent, body, first)
  }
}

/** Asks an API server what a pod may ask, from where the pod is: the TLS connection is ours, the TCP connection `nc` makes in the pod. */
export async function sendFrom(
  kubectl: Kubectl,
  pod: string,
  host: string,
  { ca, token }: { ca: string; token: string },
  path: string,
): Promise<Answer> {
  const pipe = kubectl.start(`exec -i ${pod} -- nc ${host} 443`, { raw: true }).child
  const wire = new Duplex({ read() {}, write: (chunk, _encoding, done) => void pipe.stdin!.write(chunk, done) })
  pipe.stdout!.on('data', chunk => wire.push(chunk)).once('end', () => wire.push(null))
  const socket = connect({ socket: wire, ca, host })
  try {
    const headers = { authorization: `Bearer ${token}` }
    return await answerOf(request({ host, path, headers, createConnection: () => socket }))
  } finally {
    socket.destroy()
    pipe.kill()
  }
}

async function answerOf(sent: ClientRequest, body?: string | Buffer, first?: boolean): Promise<Answer> {
  // A server may answer before it has read everything, and close.
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject)
    sent.end(body)
  })
  sent.on('error', () => {})
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    if (first) break
  }
  const bytes = Buffer.concat(chunks)
  const text = bytes.toString()
  return { code: response.statusCode ?? 0, headers: response.headers, text, bytes, json: () => JSON.parse(text) }
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string } }[]
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string }
  }[]
}
