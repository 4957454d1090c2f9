import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import { join } from 'node:path'
import { type CniResult, callPlugin, type Plugin, type Verb } from './cni.ts'
import { allow, disallow } from './forwarding.ts'

/** Where a node's pods live in the network. */
export interface NetworkOptions {
  /** The addresses of this node's pods: its spec.podCIDR, e.g. `10.244.0.0/24`. */
  readonly podCidr: string
  /** The addresses of all pods: between them nothing is translated. */
  readonly clusterCidr: string
  /** Where the plugins' results are kept: they are how a restarted kubelet knows the pods' addresses. */
  readonly directory: string
  /** Where the plugins are. */
  readonly pluginPath?: readonly string[]
}

/** A port of the node that leads to a pod. */
export interface PortMapping {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly hostIP?: string
}

/** The network of one node's pods. */
export interface PodNetwork {
  /** Gives a sandbox its interface, addresses and ports. Asking twice gives the same answer. */
  add(sandbox: SandboxNetwork): Promise<readonly string[]>
  /** The addresses that a sandbox was given; undefined if it has none (yet). */
  addresses(id: string): Promise<readonly string[] | undefined>
  /** Takes all back, whether or not the sandbox still exists. */
  remove(id: string): Promise<void>
  /** Takes back what is there for all pods together. The network serves again after the next `add`. */
  cleanup(): Promise<void>
}

/** Who is to be connected. */
export interface SandboxNetwork {
  /** The engine's id. */
  readonly id: string
  /** `/proc/PID/ns/net` */
  readonly namespacePath: string
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly ports: readonly PortMapping[]
}

/**
 * What is kept of a sandbox, from before it is given anything until all is taken back: CNI wants a plugin's result again then.
 * Without a result it was never finished.
 */
interface Connection {
  readonly result?: CniResult
  readonly ports: readonly PortMapping[]
  readonly pod: SandboxNetwork['pod']
}

/** Where host-local keeps, in a folder of each network, a file of each address that somebody has. */
const reservations = '/var/lib/cni/networks'

/**
 * A network made by CNI plugins: each pod gets one end of a veth pair (ptp) and an address from the node's range (host-local); the
 * host routes to the other end. There is no bridge, so whatever goes between two pods passes the host's firewall, where Services
 * are translated, and pods of several nodes on one host reach each other. host-local keeps its addresses by the range's name
 * for the whole host: two clusters with the same range do not collide.
 */
export function cniNetwork({
  podCidr,
  clusterCidr,
  directory,
  pluginPath = ['/opt/cni/bin', '/usr/lib/cni'],
}: NetworkOptions): PodNetwork {
  const name = `pinnace-${podCidr.replace('/', '-')}`
  const ptp = {
    type: 'ptp',
    ipam: { type: 'host-local', dataDir: reservations, ranges: [[{ subnet: podCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
  }
  const portmap = { type: 'portmap' }
  const file = (id: string): string => join(directory, `${id}.json`)
  let allowed: Promise<void> | undefined

  const read = async (id: string): Promise<Connection | undefined> => {
    const text = await readFile(file(id), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : parse(text)
  }

  const write = (id: string, connection: Connection): Promise<void> => writeFile(file(id), JSON.stringify(connection))

  const call = (
    verb: Verb,
    plugin: Plugin,
    { id, namespacePath, pod, ports }: SandboxNetwork,
    prevResult?: CniResult,
  ): Promise<CniResult> =>
    callPlugin(
      pluginPath,
      plugin.type,
      verb,
      { id, namespacePath, args: argsOf(id, pod) },
      {
        name,
        ...plugin,
        ...(ports.length > 0 && { runtimeConfig: { portMappings: ports } }),
        ...(prevResult && { prevResult }),
      },
    )

  return {
    async add(sandbox) {
      const before = await read(sandbox.id)
      if (before?.result) return addressesOf(before.result)
      allowed ??= allow(podCidr, clusterCidr)
      await allowed.catch((cause: unknown) => {
        allowed = undefined
        throw cause
      })
      const { id, ports, pod } = sandbox
      await mkdir(directory, { recursive: true })
      await write(id, { ports, pod })
      let result = await call('ADD', ptp, sandbox)
      if (ports.length > 0) result = await call('ADD', portmap, sandbox, result)
      await write(id, { result, ports, pod })
      return addressesOf(result)
    },

    async addresses(id) {
      const result = (await read(id))?.result
      return result && addressesOf(result)
    },

    async remove(id) {
      const connection = await read(id)
      if (!connection) return
      const { result, ports, pod } = connection
      // Its namespace may be gone, and another process may have its number: the plugins do without.
      const sandbox = { id, namespacePath: '', pod, ports }
      if (ports.length > 0) await call('DEL', portmap, sandbox, result)
      await call('DEL', ptp, sandbox, result)
      await rm(file(id), { force: true })
    },

    async cleanup() {
      const left = await readdir(directory).catch(() => [])
      for (const each of left) await this.remove(each.replace('.json', ''))
      allowed = undefined
      const reserved = await readdir(join(reservations, name)).catch(() => [])
      // Another cluster may have pods in the same range.
      if (reserved.some(isIPv4)) return
      await rm(join(reservations, name), { recursive: true, force: true })
      await disallow(podCidr)
    },
  }
}

const addressesOf = ({ ips = [] }: CniResult): readonly string[] => ips.map(({ address }) => address.replace(/\/.*/, ''))

const argsOf = (id: string, { namespace, name, uid }: SandboxNetwork['pod']): Record<string, string> => ({
  K8S_POD_NAMESPACE: namespace,
  K8S_POD_NAME: name,
  K8S_POD_UID: uid,
  K8S_POD_INFRA_CONTAINER_ID: id,
})

/** A file that was not written to its end says nothing, but that there was somebody. */
function parse(text: string): Connection {
  try {
    return JSON.parse(text) as Connection
  } catch {
    return { ports: [], pod: { namespace: '', name: '', uid: '' } }
  }
}
