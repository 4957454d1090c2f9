import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { PodNetwork } from '#kubelet/network/network.ts'
import {
  type Action,
  type ContainerRuntime,
  type CreateSandbox,
  type Image,
  type LogOptions,
  type ObservedPod,
  type Output,
  RuntimeError,
  type RuntimeReason,
  type StartContainer,
  type Streams,
} from '#kubelet/runtime.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { changes } from './changes.ts'
import { accept, Engine, engineId, failure, found } from './engine.ts'
import { host } from './host.ts'
import { labels } from './labels.ts'
import { Observer } from './observe.ts'
import { containerOptions, portMappings, sandboxOptions } from './options.ts'
import { dial, dialInside } from './portforward.ts'
import { pull } from './pull.ts'
import { ResolvConf } from './resolv-conf.ts'
import { user } from './security.ts'
import { attach, exec, logs } from './streams.ts'

export interface DockerOptions {
  /**
   * Whose containers these are: unique among all nodes, of whatever cluster, that share the engine, and the same after a
   * restart. Nothing of anybody else is seen or touched.
   */
  readonly owner: string
  readonly network: PodNetwork
  /** Where the files of sandboxes are, on a path that is the engine's too. */
  readonly directory: string
  readonly clock: Clock
  readonly log: Log
  /** The engine's socket, if DOCKER_HOST does not say it and it is not where it always is. */
  readonly socketPath?: string
}

/** Why each action fails, in the words of a container's status. */
const reasons: Readonly<Record<Action['do'], RuntimeReason>> = {
  'create sandbox': 'FailedCreatePodSandBox',
  'pull image': 'ErrImagePull',
  'start container': 'CreateContainerError',
  'stop container': 'KillContainerError',
  'remove container': 'RuntimeError',
  'remove sandbox': 'RuntimeError',
}

/** What the engine says of a container that was there before, of one that is being removed, and of one that no longer runs. */
const conflict = 409
const notModified = 304

/** Runs pods as containers of a Docker Engine on this machine, in a network that is not Docker's. */
export class DockerRuntime implements ContainerRuntime {
  readonly reachable = true
  readonly #options: DockerOptions
  readonly #engine: Engine
  readonly #observer: Observer
  readonly #resolvConf: ResolvConf

  constructor(options: DockerOptions) {
    this.#options = options
    this.#engine = new Engine(options.socketPath)
    this.#observer = new Observer(this.#engine, options.network, options.owner)
    this.#resolvConf = new ResolvConf(options.directory)
  }

  async version(): Promise<string> {
    const docker = await this.#engine.docker()
    return `docker://${(await said(docker.version())).Version}`
  }

  observe(podUid?: string): Promise<readonly ObservedPod[]> {
    return said(this.#observer.observe(podUid))
  }

  async *changes(signal: AbortSignal): AsyncGenerator<{ podUid?: string }> {
    const { owner, clock, log } = this.#options
    for await (const { podUid, containerId } of changes(this.#engine, owner, clock, log, signal)) {
      if (containerId) this.#observer.suspect(containerId)
      yield podUid ? { podUid } : {}
    }
  }

  async perform(action: Action, signal: AbortSignal): Promise<void> {
    await said(this.#perform(action, signal), reasons[action.do])
  }

  async #perform(action: Action, signal: AbortSignal): Promise<void> {
    switch (action.do) {
      case 'create sandbox':
        return this.#createSandbox(action)
      case 'pull image':
        return pull(await this.#engine.docker(), action.image, action.credentials ?? [], signal)
      case 'start container':
        return this.#startContainer(action)
      case 'stop container': {
        const container = await this.#engine.container(action.id)
        const t = Math.max(0, Math.ceil(action.graceSeconds))
        await accept(container.stop({ t, abortSignal: signal }), notModified, 404)
        return
      }
      case 'remove container':
        return this.#remove(action.id)
      case 'remove sandbox':
        return this.#discard(action.id)
    }
  }

  async #remove(id: string): Promise<void> {
    const container = await this.#engine.container(id)
    await accept(container.remove({ force: true, v: true }), 404, conflict)
  }

  /** Removes a sandbox with all that belongs to it. */
  async #discard(id: string): Promise<void> {
    await this.#options.network.remove(engineId(id))
    await this.#resolvConf.remove(engineId(id))
    await this.#remove(id)
  }

  async #createSandbox(action: CreateSandbox): Promise<void> {
    const { network, owner, log } = this.#options
    await this.#engine.pause()
    const { id, isNew } = await this.#create(sandboxOptions(action, owner, await host()), 'running')
    const { metadata, spec } = action.pod
    try {
      const container = await this.#engine.container(id)
      if (isNew) await container.start()
      if (action.dns) await this.#resolvConf.write(id, action.dns)
      if (spec?.hostNetwork) return
      const { State } = await container.inspect()
      await network.add({
        id,
        namespacePath: `/proc/${State.Pid}/ns/net`,
        pod: { namespace: metadata.namespace ?? '', name: metadata.name ?? '', uid: metadata.uid ?? '' },
        ports: portMappings(action.pod),
      })
    } catch (cause) {
      // Half a sandbox is worth nothing, and the next attempt makes a whole one.
      await this.#discard(id).catch((left: unknown) => log.warn('half a sandbox is left', { id, cause: String(left) }))
      throw cause
    }
  }

  async #startContainer(action: StartContainer): Promise<void> {
    const { owner } = this.#options
    const { pod, container } = action
    const imageUser = async (): Promise<string> => (await this.image(container.image ?? ''))?.user ?? ''
    const resolvConf = await this.#resolvConf.mount(engineId(action.sandboxId))
    const isMounted = action.mounts.some(({ containerPath }) => containerPath === resolvConf.containerPath)
    const mounts = isMounted ? action.mounts : [...action.mounts, resolvConf]
    const options = containerOptions(
      { ...action, mounts },
      {
        owner,
        host: await host(),
        user: await user(pod, container, imageUser),
        targetId: await this.#targetOf(action),
      },
    )
    const { id, isNew } = await this.#create(options, 'running', 'exited')
    if (!isNew) return
    const created = await this.#engine.container(id)
    await said(created.start(), 'RunContainerError')
  }

  /** Creates a container, or finds the one that an earlier try created, if it came as far as one of these states. */
  async #create(options: Docker.ContainerCreateOptions, ...enough: string[]): Promise<{ id: string; isNew: boolean }> {
    const docker = await this.#engine.docker()
    const created = await accept(docker.createContainer(options), conflict)
    if (created) return { id: created.id, isNew: true }
    const before = await found(docker.getContainer(options.name ?? '').inspect())
    if (before && enough.includes(before.State.Status)) return { id: before.Id, isNew: false }
    if (before) await this.#discard(before.Id)
    return { id: (await docker.createContainer(options)).id, isNew: true }
  }

  /** The running container that an ephemeral container wants to look into. */
  async #targetOf({ pod, container }: StartContainer): Promise<string | undefined> {
    const name = 'targetContainerName' in container ? container.targetContainerName : undefined
    if (!name) return undefined
    const [observed] = await this.observe(pod.metadata.uid)
    const target = observed?.containers.find(each => each.name === name && each.state === 'running')
    if (!target) throw new RuntimeError('CreateContainerError', `unable to find target container ${name}`)
    return target.id
  }

  async image(name: string): Promise<Image | undefined> {
    const docker = await this.#engine.docker()
    const image = await said(found(docker.getImage(name).inspect()))
    return (
      image && {
        id: image.Id,
        names: [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])],
        sizeBytes: image.Size,
        user: image.Config.User ?? '',
      }
    )
  }

  async images(): Promise<readonly Image[]> {
    const docker = await this.#engine.docker()
    const images = await said(docker.listImages())
    return images.map(({ Id, RepoTags, RepoDigests, Size }) => ({
      id: Id,
      names: [...(RepoTags ?? []), ...(RepoDigests ?? [])],
      sizeBytes: Size,
    }))
  }

  logs(containerId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<Output> {
    return logs(this.#engine, containerId, options, signal)
  }

  async exec(containerId: string, command: readonly string[], io: Streams, signal: AbortSignal): Promise<number> {
    return said(exec(await this.#engine.container(containerId), command, io, this.#options.clock, signal))
  }

  async attach(containerId: string, io: Streams, signal: AbortSignal): Promise<void> {
    await said(attach(await this.#engine.container(containerId), io, signal))
  }

  async portForward(podUid: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const sandboxes = await this.#observer.list([`${labels.podUid}=${podUid}`, `${labels.type}=podsandbox`])
    const sandbox = sandboxes.find(({ State }) => State === 'running')
    if (!sandbox) throw new RuntimeError('NotFound', `pod ${podUid} has no running sandbox`)
    if (sandbox.HostConfig.NetworkMode === 'host') return dial('localhost', port, signal)
    const [ip = ''] = (await this.#options.network.addresses(sandbox.Id)) ?? []
    try {
      return await dial(ip, port, signal)
    } catch {
      const { State } = await (await this.#engine.container(sandbox.Id)).inspect()
      return dialInside(State.Pid, port, signal)
    }
  }

  adopt(): void {}

  async cleanup(): Promise<void> {
    const all = await said(this.#observer.list())
    const isSandbox = (each: (typeof all)[number]): boolean => each.Labels[labels.type] === 'podsandbox'
    // Containers first: they live in their sandbox's network.
    await Promise.all(all.filter(each => !isSandbox(each)).map(({ Id }) => this.#remove(Id)))
    await Promise.all(all.filter(isSandbox).map(({ Id }) => this.#discard(Id)))
    await this.#options.network.cleanup()
  }
}

/** What the engine answers; what it refuses as the runtime's error. */
async function said<T>(answer: Promise<T>, reason: RuntimeReason = 'RuntimeError'): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    throw failure(reason, cause)
  }
}
