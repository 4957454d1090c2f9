import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigMap, Event, Namespace, Pod, type PodSpec, Service, ServiceAccount } from '#api/core/v1.ts'
import { isReason } from '#api/status.ts'
import { type ApiServer, startApiServer } from '#apiserver/api-server.ts'
import { Client } from '#client/client.ts'
import { httpsTransport, type Transport } from '#client/transport.ts'
import { Authority } from '#cluster/certificates.ts'
import { openFacts } from '#cluster/facts.ts'
import type { Pair } from '#cluster/pair.ts'
import { realClock } from '#machinery/clock.ts'
import { together } from '#machinery/component.ts'
import { silent } from '#machinery/log.ts'
import { Caches } from '#reconcile/caches.ts'
import { recorder } from '#reconcile/events.ts'
import { resources } from '#resources/index.ts'
import { openMemory } from '#storage/memory.ts'
import { type Kubelet, kubelet } from './kubelet.ts'
import { podsByNode } from './node/pods.ts'
import { sources } from './node/sources.ts'
import type { ContainerRuntime } from './runtime.ts'
import { kubeletServer } from './server.ts'

const log = process.env.LOUD
  ? { ...silent, info: console.info, warn: console.warn, error: console.error, debug: console.debug }
  : silent
const run = promisify(execFile)
const never = new AbortController().signal

export const namespace = 'shop'

/** For tests: what `look` finds, asked again and again for ten seconds. */
export async function eventually<T>(look: () => Promise<T | false | undefined>, forMs = 15_000): Promise<T> {
  const end = realClock.now().getTime() + forMs
  for (;;) {
    const found = await look().catch((error: unknown) => {
      if (realClock.now().getTime() > end) throw error
      return undefined
    })
    if (found) return found
    if (realClock.now().getTime() > end) throw new Error(`never came true: ${look}`)
    await realClock.sleep(20, never)
  }
}

/** For tests: a kubelet and a real API server with nobody else, so that pods must say themselves that they are bound to `n1`. */
export class TestNode {
  readonly client: Client
  readonly directory: string
  readonly #server: ApiServer
  readonly #transports: readonly Transport[]
  readonly #stop = new AbortController()
  #kubeletStop = new AbortController()
  #kubelet: Kubelet | undefined
  #kubeletRuns: Promise<void> = Promise.resolve()
  #running: Promise<void> = Promise.resolve()
  #begin: () => Kubelet = () => {
    throw new Error('not started')
  }

  private constructor(directory: string, server: ApiServer, transports: readonly Transport[], stop: AbortController) {
    this.directory = directory
    this.#server = server
    this.#transports = transports
    this.#stop = stop
    this.client = new Client(transports[0]!)
  }

  static async start(runtimeIn: (directory: string) => ContainerRuntime): Promise<TestNode> {
    const directory = await mkdtemp(join(tmpdir(), 'pinnace-kubelet-'))
    const authority = await Authority.open(join(directory, 'pki'), realClock)
    const toKubelets = await authority.pair('to-kubelets', { commonName: 'kube-apiserver-kubelet-client' })
    const stop = new AbortController()
    const server = await apiServer(authority, toKubelets, stop.signal)
    const access = { server: `https://127.0.0.1:${server.port}`, ca: authority.cert }
    const admin = await authority.pair('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'] })
    const node = await authority.pair('node', { commonName: 'system:node:n1', organizations: ['system:nodes'] })
    const transports = [httpsTransport({ ...access, ...admin }), httpsTransport({ ...access, ...node })]
    const test = new TestNode(directory, server, transports, stop)
    await writeFile(join(directory, 'kubeconfig'), kubeconfig(access.server, authority.cert, admin))
    await test.client.create(Namespace, { metadata: { name: namespace }, spec: {} })
    await test.client.create(ServiceAccount, { metadata: { namespace, name: 'default' } })
    await test.client.create(ConfigMap, { metadata: { namespace, name: 'kube-root-ca.crt' }, data: { 'ca.crt': authority.cert } })
    await test.#run(new Client(transports[1]!), authority, runtimeIn)
    return test
  }

  async #run(client: Client, authority: Authority, runtimeIn: (directory: string) => ContainerRuntime): Promise<void> {
    const door = kubeletServer({
      port: 0,
      host: '127.0.0.1',
      tls: { ...(await authority.pair('kubelet', { commonName: 'n1', hosts: ['127.0.0.1'] })), clientCa: authority.cert },
      find: (...key) => this.#kubelet?.find(...key),
      pods: () => this.#kubelet?.pods() ?? [],
      clock: realClock,
      log,
    })
    const port = await door.listen()
    const caches = new Caches(client, realClock, log)
    const events = recorder(client, { component: 'kubelet', host: 'n1' }, realClock, log)
    const pods = podsByNode(caches.of(Pod, { fieldSelector: 'spec.nodeName=n1' }))
    const machine = { architecture: 'amd64', bootID: '', kernelVersion: '', machineID: '', osImage: '', systemUUID: '' }
    const capacity = { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '10Gi' }
    this.#begin = () =>
      kubelet({
        node: { name: 'n1', ips: ['127.0.0.1'], capacity, port, machine },
        runtime: runtimeIn(this.directory),
        client,
        pods: pods('n1'),
        services: caches.of(Service),
        sources: sources(client, realClock),
        events,
        clock: realClock,
        log,
        dataDir: join(this.directory, 'data'),
        names: { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local' },
      })
    this.#running = together([caches, events, door], this.#stop.signal)
    await this.restart()
  }

  /** Stops the kubelet, with nothing that it started, and starts another. */
  async restart(): Promise<void> {
    await this.stopKubelet()
    this.#kubeletStop = new AbortController()
    this.#kubelet = this.#begin()
    this.#kubeletRuns = this.#kubelet.run(this.#kubeletStop.signal)
  }

  /** Stops the kubelet alone. */
  async stopKubelet(): Promise<void> {
    this.#kubeletStop.abort()
    await this.#kubeletRuns
  }

  async stop(): Promise<void> {
    await this.stopKubelet()
    this.#stop.abort()
    await this.#running
    for (const transport of this.#transports) transport.close()
    await this.#server.stopped
    await rm(this.directory, { recursive: true, force: true })
  }

  get kubeconfig(): string {
    return join(this.directory, 'kubeconfig')
  }

  /** Runs kubectl to its end; rejects with its output where it fails. */
  kubectl(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ stdout: string; stderr: string }> {
    const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 26 }
    return run('kubectl', ['--kubeconfig', this.kubeconfig, ...args], options)
  }

  create(name: string, spec: Partial<PodSpec> = {}): Promise<Pod> {
    return this.client.create(Pod, {
      metadata: { namespace, name },
      spec: { nodeName: 'n1', terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: 'app:1' }], ...spec },
    })
  }

  /** Waits until a pod is as wanted. */
  pod(name: string, is: (pod: Pod) => unknown): Promise<Pod> {
    return eventually(async () => {
      const pod = await this.client.get(Pod, { namespace, name })
      return is(pod) ? pod : undefined
    })
  }

  /** Deletes a pod and waits until it is gone. */
  async delete(name: string): Promise<void> {
    const key = { namespace, name }
    await this.client.delete(Pod, key)
    await eventually(() =>
      this.client.get(Pod, key).then(
        () => false,
        error => isReason(error, 'NotFound'),
      ),
    )
  }

  async events(name: string): Promise<Event[]> {
    return (await this.client.list(Event, { namespace })).items.filter(each => each.involvedObject.name === name)
  }
}

/** For tests: whether a pod's Ready condition is True. */
export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

/** For tests: whether there is a kubectl. */
export const hasKubectl = (): Promise<boolean> =>
  run('kubectl', ['version', '--client']).then(
    () => true,
    () => false,
  )

async function apiServer(authority: Authority, toKubelets: Pair, signal: AbortSignal): Promise<ApiServer> {
  const serving = await authority.pair('apiserver', { commonName: 'kube-apiserver', hosts: ['127.0.0.1'] })
  return startApiServer(
    {
      storage: openMemory(),
      resources,
      facts: openFacts(),
      listening: { host: '127.0.0.1', port: 0, tls: { ...serving, clientCa: authority.cert } },
      services: { cidrs: ['10.96.0.0/16'], nodePorts: { first: 30000, last: 32767 } },
      address: '192.0.2.1',
      authentication: {
        serviceAccounts: { issuers: ['https://kubernetes.default.svc.cluster.local'], key: await authority.key('sa') },
      },
      kubelets: { ...toKubelets, ca: authority.cert },
      clock: realClock,
      random: Math.random,
      log,
    },
    signal,
  )
}

const kubeconfig = (server: string, ca: string, admin: Pair): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace } }],
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': btoa(ca) } }],
    users: [{ name: 'u', user: { 'client-certificate-data': btoa(admin.cert), 'client-key-data': btoa(admin.key) } }],
  })
