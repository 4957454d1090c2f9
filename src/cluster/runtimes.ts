import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerRuntime } from '#kubelet/runtime.ts'
import { SimulatedRuntime } from '#kubelet/simulated/simulated.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { network } from './network.ts'
import type { RuntimeChoice } from './options.ts'

/** A node that is to be: its name, the addresses of its pods, and where its files lie. */
export interface NodeSeat {
  readonly name: string
  readonly podCidr: string
  readonly directory: string
}

/** Makes the container runtime of a node. */
export type RuntimeFactory = (seat: NodeSeat) => Promise<ContainerRuntime>

/** What was chosen, and why, in plain words. */
export interface ChosenRuntime {
  readonly kind: 'docker' | 'simulated'
  readonly why: string
  readonly make: RuntimeFactory
}

const pluginPaths = ['/opt/cni/bin', '/usr/lib/cni']

/** Chooses how pods run. `auto` takes Docker where an engine answers and pods can have a network. Throws if docker was demanded and cannot be. */
export async function chooseRuntime(choice: RuntimeChoice, { clock, log }: { clock: Clock; log: Log }): Promise<ChosenRuntime> {
  const simulated = async ({ podCidr }: NodeSeat): Promise<ContainerRuntime> => new SimulatedRuntime({ podCidr, clock })
  if (choice === 'simulated')
    return { kind: 'simulated', why: 'simulated: pods behave as pods, but no container runs', make: simulated }
  const { DockerRuntime } = await import('#kubelet/docker/docker.ts')
  const { cniNetwork } = await import('#kubelet/network/network.ts')
  const make: RuntimeFactory = async ({ podCidr, directory }) => {
    const podNetwork = cniNetwork({ podCidr, clusterCidr: network.podCidr, directory: join(directory, 'cni') })
    return new DockerRuntime({ owner: directory, network: podNetwork, directory: join(directory, 'sandboxes'), clock, log })
  }
  const problem = await dockerProblem(await make({ name: '', podCidr: network.podCidr, directory: '' }))
  if (!problem) return { kind: 'docker', why: 'docker: pods run as containers of the Docker Engine here', make }
  if (choice === 'docker') throw new Error(`pods cannot run as containers: ${problem}`)
  return { kind: 'simulated', why: `simulated, as ${problem}: pods behave as pods, but no container runs`, make: simulated }
}

/** Why pods cannot run as containers here; nothing if they can. */
async function dockerProblem(runtime: ContainerRuntime): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'pod networks need Linux'
  if (process.getuid?.() !== 0) return 'pod networks need root'
  const plugins = await Promise.all(
    pluginPaths.map(path =>
      access(join(path, 'ptp')).then(
        () => true,
        () => false,
      ),
    ),
  )
  if (!plugins.includes(true))
    return `there are no CNI plugins in ${pluginPaths.join(' or ')} (Debian: containernetworking-plugins)`
  try {
    await runtime.version()
    return undefined
  } catch (error) {
    return `no Docker Engine answers (${error instanceof Error ? error.message : error})`
  }
}
