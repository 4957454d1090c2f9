import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { checkServerIdentity as checkIdentity, type PeerCertificate } from 'node:tls'
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import type { Clock } from '#machinery/clock.ts'
import { Hindered } from '#storage/storage.ts'
import { fateOf, reasonOf, refusalOf } from './errors.ts'
import { type Header, type Method, methods, type WatchRequest, type WatchResponse } from './messages.ts'

/** Where an etcd cluster is, and who comes. */
export interface EtcdAccess {
  /** `http://HOST:PORT` or `https://HOST:PORT` of as many of the members as one likes. */
  readonly endpoints: readonly string[]
  /** Who signs the members' certificates, PEM; without it, whom the system trusts. */
  readonly ca?: Buffer | undefined
  readonly cert?: Buffer | undefined
  readonly key?: Buffer | undefined
}

/** How long a request may take, however many members it is sent to. */
const patienceMs = 10_000
/** How long one of several members may take before the next is asked. */
const attemptMs = 3_000
/** Between two rounds of asking everybody. */
const pauseMs = 100

const channel = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
}

/** A member that has lost its leader shall say so at once, not keep us waiting or watching for what will not come. */
const needsLeader = new Metadata()
needsLeader.set('hasleader', 'true')

/** Asks for next to nothing, to hear who answers. */
const any = { key: Buffer.of(0), limit: 1 }

/** What a member of another cluster says is of no use. */
class Stranger extends Error {}

interface Member {
  readonly endpoint: string
  readonly client: Client
}

/**
 * The members of an etcd cluster, as one that answers. All requests go to one member until that fails; then to the next.
 *
 * Guarantees: an answer or an error within `patienceMs`; a request that is not `repeatable` reaches etcd at most once.
 */
export class Members {
  readonly #members: readonly Member[]
  readonly #clock: Clock
  readonly #closing = new AbortController()
  /** Those that are known to be of our cluster: nothing is written to any other. */
  readonly #met = new Set<Member>()
  #favourite = 0
  #cluster: string | undefined

  /** Throws a sentence for endpoints or certificates that cannot be right. Connects to nobody yet. */
  constructor(access: EtcdAccess, clock: Clock) {
    if (access.endpoints.length === 0) throw new Error('no etcd is named')
    this.#members = access.endpoints.map(endpoint => ({ endpoint, client: clientOf(addressOf(endpoint), access) }))
    this.#clock = clock
  }

  /** Throws Hindered where nobody answers, and etcd's own error where that is the answer. */
  async call<Q, R extends { readonly header: Header }>(
    method: Method<Q, R>,
    request: Q,
    { repeatable }: { readonly repeatable: boolean },
  ): Promise<R> {
    const end = this.#now() + patienceMs
    let why = ''
    for (let tries = 1; ; tries++) {
      const member = this.#members[this.#favourite]!
      const deadline = this.#members.length > 1 ? Math.min(end, this.#now() + attemptMs) : end
      let isSent = false
      try {
        if (!repeatable && !this.#met.has(member)) this.#known(member, await unary(member.client, methods.range, any, deadline))
        isSent = true
        return this.#known(member, await unary(member.client, method, request, deadline))
      } catch (error) {
        const fate = this.#judge(member, error as ServiceError | Stranger)
        const where = this.#members.map(({ endpoint }) => endpoint).join(', ')
        // Who has no time left hears only that, and has heard better before.
        if (!why || this.#now() < end) why = error instanceof Stranger ? error.message : reasonOf(error as ServiceError)
        if (fate === 'unsure' && isSent && !repeatable)
          throw new Hindered('undecided', `etcd at ${where} did not say whether it has written: ${why}`, { cause: error })
        if (this.#now() + pauseMs >= end || this.#closing.signal.aborted)
          throw new Hindered('unavailable', `etcd at ${where} does not answer: ${why}`, { cause: error })
      }
      if (tries % this.#members.length === 0) await this.#clock.sleep(pauseMs, this.#closing.signal)
    }
  }

  /** A watch on the member that answers now. Ends with the signal; throws where the member fails, and turns to the next. */
  async *watch(request: WatchRequest['createRequest'], signal: AbortSignal): AsyncGenerator<WatchResponse, void> {
    const member = this.#members[this.#favourite]!
    const { path, encode, decode } = methods.watch
    const stream: ClientDuplexStream<WatchRequest, WatchResponse> = member.client.makeBidiStreamRequest(
      path,
      encode,
      decode,
      needsLeader,
    )
    const cancel = (): void => stream.cancel()
    // What is said after the last pull, our own cancelling above all, is nobody's business.
    stream.on('error', () => {})
    signal.addEventListener('abort', cancel)
    if (this.#closing.signal.aborted || signal.aborted) cancel()
    try {
      stream.write({ createRequest: request })
      for await (const response of stream) yield this.#known(member, response as WatchResponse)
    } catch (error) {
      if (signal.aborted) return
      this.#judge(member, error as ServiceError | Stranger)
      throw error
    } finally {
      signal.removeEventListener('abort', cancel)
      cancel()
    }
  }

  /** Turns from the member that answers now to the next. */
  turn(): void {
    this.#favourite = (this.#favourite + 1) % this.#members.length
  }

  close(): void {
    this.#closing.abort()
    for (const { client } of this.#members) client.close()
  }

  /** Turns from a member that failed; throws what is not its fault. */
  #judge(member: Member, error: ServiceError | Stranger): 'unsent' | 'unsure' {
    if (!('code' in error) && !(error instanceof Stranger)) throw error
    const fate = error instanceof Stranger ? 'unsent' : fateOf(error)
    if (fate === 'answered') throw refusalOf(error as ServiceError, member.endpoint)
    if (this.#members[this.#favourite] === member) this.turn()
    return fate
  }

  /** Throws where a member belongs to another cluster than the others: its answers would be about other objects. */
  #known<R extends { readonly header: Header }>(member: Member, response: R): R {
    const cluster = response.header.clusterId.toString()
    this.#cluster ??= cluster
    if (cluster !== this.#cluster) throw new Stranger(`the one at ${member.endpoint} belongs to another cluster than the others`)
    this.#met.add(member)
    return response
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}

function unary<Q, R>(client: Client, { path, encode, decode }: Method<Q, R>, request: Q, deadline: number): Promise<R> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, encode, decode, request, needsLeader, { deadline }, (error, response) =>
      error ? reject(error) : resolve(response!),
    )
  })
}

function addressOf(endpoint: string): URL {
  const url = URL.parse(endpoint)
  if (url && /^https?:$/.test(url.protocol) && url.hostname && url.port && url.pathname === '/') return url
  throw new Error(`"${endpoint}" is no address of an etcd: it looks like https://10.0.0.1:2379`)
}

function clientOf({ protocol, host, hostname }: URL, { ca, cert, key }: EtcdAccess): Client {
  if (Boolean(cert) !== Boolean(key)) throw new Error('a client certificate for etcd needs its key, and a key its certificate')
  if (protocol === 'http:') {
    if (ca || cert) throw new Error('certificates for etcd make sense only with https:// addresses')
    return new Client(host, credentials.createInsecure(), channel)
  }
  if (ca) readCertificate(ca)
  const address = hostname.replace(/^\[|\]$/g, '')
  // Node refuses an address as the name of a server, which is what gRPC would give it: we compare it ourselves.
  const checkServerIdentity = (_: string, certificate: PeerCertificate): Error | undefined => checkIdentity(address, certificate)
  const named = isIP(address) ? { ...channel, 'grpc.ssl_target_name_override': 'etcd' } : channel
  try {
    const secure = credentials.createSsl(ca ?? null, key ?? null, cert ?? null, { checkServerIdentity })
    return new Client(host, secure, named)
  } catch (cause) {
    throw new Error(`the certificates for etcd do not fit: ${(cause as Error).message}`, { cause })
  }
}

/** Without this, one that is none would be taken for one that nobody has signed by. */
function readCertificate(ca: Buffer): void {
  try {
    new X509Certificate(ca)
  } catch (cause) {
    throw new Error(`the CA for etcd is no certificate: ${(cause as Error).message}`, { cause })
  }
}
