import { readFile, statfs } from 'node:fs/promises'
import { arch, availableParallelism, networkInterfaces, release, totalmem } from 'node:os'
import type { Taint } from '#api/core/v1.ts'

/** What a node says about itself when it registers. */
export interface NodeShape {
  readonly name: string
  /** Its own addresses, the first is the one that pods report as hostIP. */
  readonly ips: readonly string[]
  /** `cpu`, `memory`, `ephemeral-storage`, `pods`, … ; all of it is allocatable. */
  readonly capacity: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly Taint[]
  /** The addresses of its pods, where the node says so itself instead of being given them. */
  readonly podCidr?: string
  /** Where its kubelet serves logs and exec. */
  readonly port: number
  readonly machine: Machine
}

/** What a machine is. */
export interface Machine {
  readonly architecture: string
  readonly bootID: string
  readonly kernelVersion: string
  readonly machineID: string
  readonly osImage: string
  readonly systemUUID: string
}

/** How many pods a node takes at most. */
const mostPods = '110'

/** What this machine has to give, as a node's capacity. */
export async function hostCapacity(dataDir: string): Promise<Record<string, string>> {
  const { blocks, bsize } = await statfs(dataDir)
  return {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor((blocks * bsize) / 1024)}Ki`,
    pods: mostPods,
  }
}

/** What this machine is. */
export async function hostMachine(): Promise<Machine> {
  const read = async (path: string): Promise<string> => (await readFile(path, 'utf8').catch(() => '')).trim()
  const system = await read('/etc/os-release')
  const [id, boot, product] = await Promise.all(
    ['/etc/machine-id', '/proc/sys/kernel/random/boot_id', '/sys/class/dmi/id/product_uuid'].map(read),
  )
  return {
    architecture: architectures[arch()] ?? arch(),
    bootID: boot ?? '',
    kernelVersion: release(),
    machineID: id ?? '',
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(system)?.[1] ?? process.platform,
    systemUUID: product || (id ?? ''),
  }
}

/** The address by which this machine is reached: its first IPv4 one that is not the loopback's nor a bridge's of containers. */
export function hostIp(): string {
  const candidates = Object.entries(networkInterfaces()).filter(([name]) => !/^(lo|docker|br-|cni|veth|pinnace)/.test(name))
  for (const [, addresses] of candidates)
    for (const { family, internal, address } of addresses ?? []) if (family === 'IPv4' && !internal) return address
  return '127.0.0.1'
}

/** Go's names, which labels carry. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }
