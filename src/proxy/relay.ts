import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Log } from '#machinery/log.ts'
import type { Dataplane } from './dataplane.ts'
import type { Backend } from './endpoints.ts'
import type { Rule } from './rules.ts'

export interface RelayOptions {
  readonly log: Log
  /** 0 ≤ random() < 1: chooses among backends. */
  random?(): number
}

interface Listener {
  readonly server: Server
  readonly sockets: Set<Socket>
  backends: readonly Backend[]
}

/**
 * Serves TCP NodePorts on 127.0.0.1, in this process. The kernel would do so only if packets with loopback addresses were
 * let through to other interfaces (route_localnet), which opens what listens on localhost to the neighbours.
 */
export function relay({ log, random = Math.random }: RelayOptions): Dataplane {
  const services = new Map<string, readonly number[]>()
  const listeners = new Map<number, Listener>()

  function close(port: number): void {
    const listener = listeners.get(port)
    listeners.delete(port)
    listener?.server.close()
    for (const socket of listener?.sockets ?? []) socket.destroy()
  }

  async function serve({ nodePort, cluster, name }: Rule): Promise<void> {
    const known = listeners.get(nodePort!)
    if (known) return void (known.backends = cluster)
    const listener: Listener = { server: createServer({ allowHalfOpen: true }), sockets: new Set(), backends: cluster }
    listener.server.on('connection', client => accept(client, listener, random))
    try {
      await listening(listener.server, nodePort!)
      listeners.set(nodePort!, listener)
    } catch (error) {
      log.warn(`no NodePort on localhost for ${name}`, { port: nodePort, error })
    }
  }

  return {
    name: 'relay',
    async program(changes) {
      for (const [service, rules] of changes) {
        const wanted = rules.filter(rule => rule.protocol === 'tcp' && rule.nodePort)
        const ports = wanted.map(rule => rule.nodePort!)
        for (const port of services.get(service) ?? []) if (!ports.includes(port)) close(port)
        services.set(service, ports)
        if (ports.length === 0) services.delete(service)
        for (const rule of wanted) await serve(rule)
      }
    },
    async remove() {
      for (const port of listeners.keys()) close(port)
      services.clear()
    },
  }
}

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })

function accept(client: Socket, { backends, sockets }: Listener, random: () => number): void {
  client.on('error', () => {})
  const backend = backends[Math.floor(random() * backends.length)]
  if (!backend) return void client.resetAndDestroy()
  const server = connect({ host: backend.address, port: backend.port, allowHalfOpen: true })
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
  server.on('error', () => client.resetAndDestroy())
  client.pipe(server)
  server.pipe(client)
}
