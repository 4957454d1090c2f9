import { join } from 'node:path'
import type { Container, Pod } from '#api/core/v1.ts'
import { fieldPathOf, type Ground } from '#kubelet/ground.ts'
import { hashOf } from '#kubelet/pod/restart.ts'
import { terminationFile } from '#kubelet/pod/termination.ts'
import { type Mount, RuntimeError, type Sandbox } from '#kubelet/runtime.ts'
import type { Ready } from '#kubelet/volumes/volume.ts'
import { environment, type Surroundings, type Variable, withCommand } from './env.ts'
import { hostsFile } from './hosts.ts'
import { ensureImage, refuseRoot, StartError } from './images.ts'
import { fileMount, volumeMounts } from './mounts.ts'
import { serviceVariables } from './service-env.ts'

/** A container to start, and where. */
export interface Start {
  readonly pod: Readonly<Pod>
  readonly container: Container
  readonly attempt: number
  readonly sandbox: Sandbox
  readonly volumes: ReadonlyMap<string, Ready>
  /** ConfigMaps and Secrets may not be older than this. */
  readonly since: Date
}

/** Gets the image, puts together what the container sees, and starts it. Throws a StartError, which its status shows. */
export async function startContainer(start: Start, ground: Ground, signal: AbortSignal): Promise<void> {
  const { pod, container, attempt, sandbox } = start
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    ground.events.event(pod, type, reason, message, fieldPathOf(pod, container))
  try {
    const image = await ensureImage(pod, container, ground, tell, signal)
    refuseRoot(pod, container, image)
    const { env, mounts } = await configOf(start, ground)
    const wanted = withCommand(container, env)
    await ground.runtime.perform(
      { do: 'start container', pod, container: wanted, attempt, sandboxId: sandbox.id, hash: hashOf(container), env, mounts },
      signal,
    )
  } catch (error) {
    const known = error instanceof RuntimeError ? new StartError(error.reason, error.message) : error
    if (!(known instanceof StartError) || signal.aborted) throw error
    // As upstream: of an image only the reason, all else in words.
    tell('Warning', 'Failed', `Error: ${known.image || known.reason === 'ErrImageNeverPull' ? known.reason : known.message}`)
    throw known
  }
  tell('Normal', 'Created', 'Container created')
  tell('Normal', 'Started', 'Container started')
}

/** A container's variables and mounts; what is missing or wrong in them is a CreateContainerConfigError. */
async function configOf(start: Start, ground: Ground): Promise<{ env: Variable[]; mounts: Mount[] }> {
  try {
    const env = await environment(start.pod, start.container, surroundings(start, ground))
    return { env, mounts: await mountsOf(start, ground, env) }
  } catch (error) {
    throw new StartError('CreateContainerConfigError', error instanceof Error ? error.message : String(error))
  }
}

function surroundings({ pod, sandbox, since }: Start, { hostIps, allocatable, services, sources }: Ground): Surroundings {
  const { namespace = '' } = pod.metadata
  const podIps = pod.spec?.hostNetwork ? hostIps : sandbox.ips
  return {
    place: { hostIps, podIps, allocatable },
    services: serviceVariables(services.list(), namespace, pod.spec?.enableServiceLinks ?? true),
    configMap: name => sources.configMap(namespace, name, since),
    secret: name => sources.secret(namespace, name, since),
  }
}

/** The volumes, the managed /etc/hosts and the file for the container's last words. */
async function mountsOf(
  { pod, container, attempt, sandbox, volumes }: Start,
  ground: Ground,
  env: readonly Variable[],
): Promise<Mount[]> {
  if (!ground.dataDir) return []
  const directory = join(ground.dataDir, 'pods', pod.metadata.uid!)
  const mounts = await volumeMounts(container, volumes, env)
  const has = (path: string): boolean => mounts.some(({ containerPath }) => containerPath === path)
  if (!has('/etc/hosts')) {
    const content = hostsFile(pod, sandbox.ips, ground.names.clusterDomain, ground.hostsOfHost)
    mounts.push(await fileMount(join(directory, 'etc-hosts'), '/etc/hosts', content, 0o644))
  }
  const { terminationMessagePath = '/dev/termination-log', name } = container
  if (terminationMessagePath)
    mounts.push(await fileMount(terminationFile(directory, { name, attempt }), terminationMessagePath, '', 0o666))
  return mounts
}
