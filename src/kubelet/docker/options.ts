import type Docker from 'dockerode'
import type { Pod } from '#api/core/v1.ts'
import type { PortMapping } from '#kubelet/network/network.ts'
import type { CreateSandbox, Mount, StartContainer } from '#kubelet/runtime.ts'
import { engineId } from './engine.ts'
import type { Host } from './host.ts'
import { engineName, labels, podLabels, sandboxName } from './labels.ts'
import { pauseImage } from './pause-image.ts'
import { resourceOptions, sandboxOomScore } from './resources.ts'
import { securityOptions } from './security.ts'

/** Upstream's containerLogMaxSize and containerLogMaxFiles. */
const logs: Docker.HostConfig['LogConfig'] = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } }

/** What the engine is told about a pod's sandbox. Its network comes later, and not from the engine. */
export function sandboxOptions(
  { pod, attempt, hostname }: CreateSandbox,
  owner: string,
  { lowestOomScore }: Host,
): Docker.ContainerCreateOptions {
  const spec = pod.spec
  const sysctls = spec?.securityContext?.sysctls ?? []
  return {
    name: engineName(pod, sandboxName, attempt),
    Image: pauseImage,
    // Without this the engine makes its own network of none, which takes it as long as all the rest.
    ...(!spec?.hostNetwork && { Hostname: hostname, NetworkDisabled: true }),
    Labels: {
      ...podLabels(pod, owner),
      [labels.type]: 'podsandbox',
      [labels.containerName]: sandboxName,
      [labels.attempt]: String(attempt),
    },
    HostConfig: {
      NetworkMode: spec?.hostNetwork ? 'host' : 'none',
      IpcMode: spec?.hostIPC ? 'host' : 'shareable',
      ...(spec?.hostPID && { PidMode: 'host' }),
      ...(sysctls.length > 0 && { Sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [name, value])) }),
      OomScoreAdj: Math.max(lowestOomScore, sandboxOomScore),
      CpuShares: 2,
      LogConfig: logs,
      // The program does nothing that a filter could forbid, and to make one takes time.
      SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
    },
  }
}

/** What is known about the node and the image when a container is created. */
export interface Circumstances {
  readonly owner: string
  readonly host: Host
  /** As `docker run --user` takes it; undefined for the image's own. */
  readonly user: string | undefined
  /** The container whose processes an ephemeral container sees. */
  readonly targetId: string | undefined
}

/** What the engine is told about a container. */
export function containerOptions(
  action: StartContainer,
  { owner, host, user, targetId }: Circumstances,
): Docker.ContainerCreateOptions {
  const { pod, container, attempt, hash, env, mounts } = action
  const sandbox = `container:${engineId(action.sandboxId)}`
  return {
    name: engineName(pod, container.name, attempt),
    Image: container.image ?? '',
    ...(container.command?.length && { Entrypoint: container.command }),
    ...(container.args?.length && { Cmd: container.args }),
    ...(container.workingDir && { WorkingDir: container.workingDir }),
    ...(user !== undefined && { User: user }),
    Env: env.map(({ name, value }) => `${name}=${value}`),
    ...(container.stdin && { OpenStdin: true, StdinOnce: container.stdinOnce ?? false }),
    ...(container.tty && { Tty: true }),
    ...(container.lifecycle?.stopSignal && { StopSignal: container.lifecycle.stopSignal }),
    // Whether a container is well is for the pod's probes to say.
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      ...podLabels(pod, owner),
      [labels.type]: 'container',
      [labels.containerName]: container.name,
      [labels.sandboxId]: engineId(action.sandboxId),
      [labels.attempt]: String(attempt),
      [labels.hash]: hash,
      [labels.image]: container.image ?? '',
      [labels.graceSeconds]: String(pod.spec?.terminationGracePeriodSeconds ?? 30),
    },
    HostConfig: {
      NetworkMode: sandbox,
      IpcMode: pod.spec?.hostIPC ? 'host' : sandbox,
      ...pidMode(pod, sandbox, targetId),
      Mounts: mounts.map(bind),
      LogConfig: logs,
      ...resourceOptions(pod, container, host),
      ...securityOptions(pod, container),
    },
  }
}

function pidMode(pod: Pod, sandbox: string, targetId: string | undefined): Docker.HostConfig {
  if (pod.spec?.hostPID) return { PidMode: 'host' }
  if (targetId) return { PidMode: `container:${engineId(targetId)}` }
  return pod.spec?.shareProcessNamespace ? { PidMode: sandbox } : {}
}

const propagations = { None: 'rprivate', HostToContainer: 'rslave', Bidirectional: 'rshared' } as const

const bind = ({ hostPath, containerPath, readOnly = false, propagation = 'None' }: Mount): Docker.MountSettings => ({
  Type: 'bind',
  Source: hostPath,
  Target: containerPath,
  ReadOnly: readOnly,
  BindOptions: { Propagation: propagations[propagation] },
})

/** The ports of the node that lead to a pod, by its containers' hostPort. */
export function portMappings({ spec }: Pod): readonly PortMapping[] {
  if (!spec || spec.hostNetwork) return []
  const sidecars = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? []
  return [...sidecars, ...spec.containers].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP }) =>
      hostPort
        ? [{ hostPort, containerPort, protocol: protocol.toLowerCase() as PortMapping['protocol'], ...(hostIP && { hostIP }) }]
        : [],
    ),
  )
}
