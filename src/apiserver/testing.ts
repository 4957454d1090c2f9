import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { Agent, type RequestOptions, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject } from '#api/object.ts'
import { Authority } from '#cluster/certificates.ts'
import { openFacts } from '#cluster/facts.ts'
import type { Pair } from '#cluster/pair.ts'
import { type Clock, realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { resources } from '#resources/index.ts'
import { openMemory } from '#storage/memory.ts'
import type { Storage } from '#storage/storage.ts'
import type { AdmissionSettings } from './admission/settings.ts'
import { type ApiServer, type ApiServerOptions, type RequestLimits, startApiServer } from './api-server.ts'
import type { AuthenticationSettings } from './authentication/authentication.ts'
import type { Mode } from './authorization/authority.ts'
import type { ServiceRanges } from './services/keeping.ts'

/** What came back. */
export interface Reply {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  /** The body, parsed; read it only where JSON is expected. */
  readonly body: Loose
}

/** JSON that a test looks into without asking for types. */
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of each member
export type Loose = any

/** Sends one request: an object as JSON, text and bytes as they are. */
export type Send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>

/** A watch, one event at a time; undefined: the server ended it. */
export interface Watching {
  readonly code: number
  next(): Promise<{ type: string; object: KubeObject & Loose } | undefined>
  close(): void
}

/** A real API server on an empty memory storage, and who may talk to it. */
export interface TestServer {
  readonly port: number
  readonly storage: Storage
  readonly admin: Send
  /** Has a certificate and no rights. */
  readonly nobody: Send
  readonly anonymous: Send
  /** A certificate that another authority signed. */
  readonly stranger: Send
  withToken(token: string): Send
  /** With a certificate of one's own. */
  as(identity: Pair): Send
  /** As the admin. */
  watch(path: string, headers?: Record<string, string>): Promise<Watching>
  /** What a client needs for a connection of its own, as the admin. */
  readonly tls: Pair & { readonly ca: string; readonly host: string; readonly port: number }
  readonly insider: ApiServer['insider']
  /** A connection that speaks HTTP/2, as the admin. */
  http2(): ClientHttp2Session
  stop(): Promise<void>
}

interface Identities {
  readonly ca: string
  readonly serving: Pair
  readonly admin: Pair
  readonly nobody: Pair
  readonly stranger: Pair
  readonly tokenKey: string
}

/** Made once for all the tests of a process. */
let identities: Promise<Identities> | undefined

async function makeIdentities(): Promise<Identities> {
  const directory = await mkdtemp(join(tmpdir(), 'pinnace-pki-'))
  const authority = await Authority.open(join(directory, 'ours'), realClock)
  const other = await Authority.open(join(directory, 'theirs'), realClock)
  const admin = { commonName: 'kubernetes-admin', organizations: ['system:masters'] }
  const made = {
    ca: authority.cert,
    serving: await authority.pair('apiserver', { commonName: 'kube-apiserver', hosts: ['127.0.0.1', 'localhost'] }),
    admin: await authority.pair('admin', admin),
    nobody: await authority.pair('nobody', { commonName: 'nobody', organizations: ['strangers'] }),
    stranger: await other.pair('admin', admin),
    tokenKey: await authority.key('tokens'),
  }
  await rm(directory, { recursive: true })
  return made
}

/** Starts the API server with every kind there is. Every test that starts one stops it. */
export async function startTestServer(
  options: {
    readonly clock?: Clock
    readonly authentication?: Partial<AuthenticationSettings>
    readonly authorization?: readonly Mode[]
    readonly frontProxyCa?: string
    readonly admission?: AdmissionSettings
    readonly seats?: ApiServerOptions['seats']
    readonly limits?: RequestLimits
    /** Of other servers too, and theirs to close. */
    readonly storage?: Storage
    readonly services?: ServiceRanges
  } = {},
): Promise<TestServer> {
  identities ??= makeIdentities()
  const { ca, serving, admin, nobody, stranger, tokenKey } = await identities
  const storage = options.storage ?? openMemory()
  const stop = new AbortController()
  const host = '127.0.0.1'
  const started = await startApiServer(
    {
      storage,
      resources,
      facts: openFacts(),
      listening: {
        host,
        port: 0,
        tls: { ...serving, clientCa: ca, ...(options.frontProxyCa && { frontProxyCa: options.frontProxyCa }) },
      },
      services: options.services ?? { cidrs: ['10.96.0.0/16'], nodePorts: { first: 30000, last: 32767 } },
      address: '192.0.2.1',
      authentication: {
        serviceAccounts: { issuers: ['https://kubernetes.default.svc.cluster.local'], key: tokenKey },
        ...options.authentication,
      },
      kubelets: { ...admin, ca },
      clock: options.clock ?? realClock,
      ...(options.authorization && { authorization: options.authorization }),
      ...(options.admission && { admission: options.admission }),
      ...(options.seats !== undefined && { seats: options.seats }),
      ...(options.limits && { limits: options.limits }),
      random: Math.random,
      log: { ...silent, error: console.error },
    },
    stop.signal,
  )
  const { port } = started
  const agents: Agent[] = []
  const as = (identity?: Pair, headers: Record<string, string> = {}): Send => {
    const agent = new Agent({ ca, ...identity, keepAlive: true })
    agents.push(agent)
    return (method, path, body, more) => send({ host, port, agent, method, path, headers: { ...headers, ...more } }, body)
  }
  const tls = { ca, ...admin, host, port }
  return {
    port,
    storage,
    tls,
    admin: as(admin),
    nobody: as(nobody),
    anonymous: as(),
    stranger: as(stranger),
    as: identity => as(identity),
    withToken: token => as(undefined, { authorization: `Bearer ${token}` }),
    watch: (path, headers = {}) => watch({ ...tls, path, headers, agent: false }),
    insider: started.insider,
    http2: () => connect(`https://${host}:${port}`, { ca, ...admin }),
    async stop() {
      stop.abort()
      for (const agent of agents) agent.destroy()
      await started.stopped
      if (!options.storage) await storage.close()
    },
  }
}

async function send(options: RequestOptions, body: unknown): Promise<Reply> {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const bytes = body === undefined ? undefined : raw ? Buffer.from(body as string) : Buffer.from(JSON.stringify(body))
  const type = options.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const headers = { ...(bytes && { 'content-type': type, 'content-length': bytes.length }), ...(options.headers as object) }
  const answer = await answered({ ...options, headers }, bytes)
  const received = Buffer.concat(await answer.toArray())
  const text = received.toString()
  return {
    code: answer.statusCode!,
    headers: answer.headers,
    bytes: received,
    text,
    get body() {
      return JSON.parse(text)
    },
  }
}

const answered = (options: RequestOptions, body?: Uint8Array): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const sent = request(options, resolve)
    sent.once('error', reject)
    sent.end(body)
  })

async function watch(options: RequestOptions): Promise<Watching> {
  const answer = await answered(options)
  const lines = linesOf(answer)
  return {
    code: answer.statusCode!,
    async next() {
      const { value, done } = await lines.next()
      return done ? undefined : JSON.parse(value)
    },
    close: () => void answer.destroy(),
  }
}

async function* linesOf(answer: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of answer) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    yield* lines
  }
}

/** Says that a request was refused, and in which words. */
export function assertRefused(
  { code, body }: Reply,
  expected: { readonly code: number; readonly reason: string; readonly message: string | RegExp },
): void {
  const { kind, apiVersion, status, message, reason } = body
  assert.deepEqual(
    { kind, apiVersion, status, code, reason },
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: expected.code, reason: expected.reason },
  )
  assert.equal(body.code, code)
  if (typeof expected.message === 'string') assert.equal(message, expected.message)
  else assert.match(message, expected.message)
}

/** Where tests keep their ConfigMaps. */
export const configMaps = '/api/v1/namespaces/default/configmaps'

/** A small object that needs nothing else. */
export const configMap = (name: string, metadata: object = {}, data: object = { key: 'value' }): Loose => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name, ...metadata },
  data,
})

/** A pod that nobody will run. */
export const pod = (name: string, spec: object = {}): Loose => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name, labels: { app: name } },
  spec: { serviceAccountName: 'default', containers: [{ name: 'main', image: 'busybox' }], ...spec },
})

/** A clock that a test moves by hand: sleepers wake when `pass` has gone by their time. */
export class HandClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z')
  readonly #sleepers = new Set<{ readonly until: number; wake(): void }>()

  now(): Date {
    return new Date(this.#now)
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const sleeper = { until: this.#now + ms, wake }
      if (signal.aborted) return resolve()
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', wake)
    })
  }

  /** Lets time go by. */
  pass(ms: number): void {
    this.#now += ms
    for (const sleeper of [...this.#sleepers]) if (sleeper.until <= this.#now) sleeper.wake()
  }
}
