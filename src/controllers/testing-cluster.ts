import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Node, Pod } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import { type Key, type KubeObject, keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import { legacySigner } from '#apiserver/authentication/legacy-token.ts'
import { Client } from '#client/client.ts'
import { httpsTransport } from '#client/transport.ts'
import { Authority } from '#cluster/certificates.ts'
import { accessAs, identities } from '#cluster/identities.ts'
import { serve } from '#cluster/serve.ts'
import { realClock } from '#machinery/clock.ts'
import { type Log, silent } from '#machinery/log.ts'
import { timestamp } from '#machinery/time.ts'
import { Caches } from '#reconcile/caches.ts'
import { openMemory } from '#storage/memory.ts'
import { controllerManager } from './index.ts'

export const log: Log = process.env.LOUD ? { ...silent, warn: console.warn, error: console.error, debug: console.debug } : silent

/** A real API server over memory, all controllers, and nodes that are only pretended. */
export interface TestCluster {
  readonly client: Client
  /** A client that comes with this token. */
  withToken(token: string): Client
  stop(): Promise<void>
}

/** Starts it with these nodes. */
export async function testCluster(nodes: readonly string[]): Promise<TestCluster> {
  const stopping = new AbortController()
  const { signal } = stopping
  const directory = await mkdtemp(join(tmpdir(), 'pinnace-controllers-'))
  const authority = await Authority.open(directory, realClock)
  const who = await identities(authority, { addresses: [], serviceIp: '10.96.0.1' })
  const settled = { port: 0, clock: realClock, random: Math.random, storage: 'memory' as const, serving: {} }
  const ground = { settled, storage: openMemory(), who, ca: authority.cert, ip: '127.0.0.1', isOpen: false, log }
  const server = await serve(ground, signal)
  const transports = [who.admin, who.controllerManager].map(pair => httpsTransport(accessAs(pair, server.port, authority.cert)))
  const [client, manager] = transports.map(transport => new Client(transport)) as [Client, Client]
  const caches = new Caches(manager, realClock, log)
  const options = {
    rootCa: authority.cert,
    signing: authority.signing,
    signToken: legacySigner(who.tokenKey),
    clusterCidr: '10.244.0.0/16',
    monitorGracePeriodMs: 1500,
  }
  const running = controllerManager({ client: manager, caches, clock: realClock, log }, options).run(signal)
  pretend(nodes, caches, client, signal)
  for (const name of nodes) await client.create(Node, { metadata: { name }, spec: {} })
  return {
    client,
    withToken: token => {
      const transport = httpsTransport({ server: `https://127.0.0.1:${server.port}`, ca: authority.cert, token })
      transports.push(transport)
      return new Client(transport)
    },
    async stop() {
      stopping.abort()
      await running
      for (const transport of transports) transport.close()
      await server.stopped
      await rm(directory, { recursive: true })
    },
  }
}

/** Scheduler and kubelets in one: gives every pod a node, lets it run, and lets it go. */
function pretend(nodes: readonly string[], caches: Caches, client: Client, signal: AbortSignal): void {
  let count = 0
  const act = async (pod: Pod): Promise<unknown> => {
    const { metadata, spec, status } = pod
    if (metadata.deletionTimestamp) return client.delete(Pod, keyOf(pod), { graceSeconds: 0 }, signal)
    count++
    if (!spec.nodeName) {
      const target = { kind: 'Node', name: nodes[count % nodes.length] }
      return client.post(
        Pod,
        keyOf(pod),
        'binding',
        { apiVersion: 'v1', kind: 'Binding', metadata: { name: metadata.name }, target },
        signal,
      )
    }
    if (status?.phase === 'Running') return
    const podIP = `10.244.${(count >> 8) % 256}.${count % 256}`
    const conditions = [{ type: 'Ready', status: 'True' as const, lastTransitionTime: timestamp(realClock.now()) }]
    const running = { ...pod, status: { phase: 'Running' as const, podIP, podIPs: [{ ip: podIP }], conditions } }
    return client.update(Pod, running, { subresource: 'status' }, signal)
  }
  caches.of(Pod).subscribe((_, pod) => {
    if (!pod) return
    act(pod).catch(error => {
      if (!signal.aborted && !isReason(error, 'NotFound') && !isReason(error, 'Conflict'))
        log.error(`pretended kubelet: ${error}`)
    })
  })
}

/** The first outcome that is there and not false; what is asked for may come with time. */
export async function eventually<T>(ask: () => Promise<T | false | undefined>): Promise<T> {
  for (;;) {
    try {
      const answer = await ask()
      if (answer) return answer
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error
    }
    await realClock.sleep(20, new AbortController().signal)
  }
}

/** Resolves when there is no such object. */
export const absent = <T extends KubeObject>(client: Client, kind: Kind<T>, key: Key): Promise<true> =>
  eventually(async () => {
    try {
      await client.get(kind, key)
      return false
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error
      return true as const
    }
  })
