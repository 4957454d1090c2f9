import type Docker from 'dockerode'
import type { PodNetwork } from '#kubelet/network/network.ts'
import type { ObservedContainer, ObservedPod, Sandbox } from '#kubelet/runtime.ts'
import { type Engine, found, wholeId } from './engine.ts'
import { labels } from './labels.ts'

/** What a container was found to be when it was inspected: it stays true while the container is in the same state. */
interface Facts {
  readonly state: string
  readonly container: Pick<ObservedContainer, 'state' | 'startedAt' | 'finishedAt' | 'exitCode' | 'reason' | 'message'>
}

/** Never a container's own: Docker's zero time. */
const never = '0001-01-01T00:00:00Z'

/**
 * Sees what the engine has of one owner. One listing a time; each container is inspected once for each state it is in, since no
 * container is ever started again. Caveat: the engine says that a container died before its listing knows, hence the suspects.
 */
export class Observer {
  readonly #engine: Engine
  readonly #network: PodNetwork
  readonly #owner: string
  readonly #facts = new Map<string, Facts>()
  readonly #suspects = new Set<string>()
  readonly #images = new Map<string, string>()

  constructor(engine: Engine, network: PodNetwork, owner: string) {
    this.#engine = engine
    this.#network = network
    this.#owner = owner
  }

  async observe(podUid?: string): Promise<readonly ObservedPod[]> {
    const listed = await this.list(podUid === undefined ? [] : [`${labels.podUid}=${podUid}`])
    if (podUid === undefined) this.#forget(listed)
    const pods = new Map<
      string,
      {
        sandboxes: Promise<Sandbox | undefined>[]
        containers: Promise<ObservedContainer | undefined>[]
        first: Docker.ContainerInfo
      }
    >()
    for (const each of listed.sort(newestFirst)) {
      const uid = each.Labels[labels.podUid] ?? ''
      const pod = pods.get(uid) ?? { sandboxes: [], containers: [], first: each }
      pods.set(uid, pod)
      if (each.Labels[labels.type] === 'podsandbox') pod.sandboxes.push(this.#sandbox(each))
      else pod.containers.push(this.#container(each))
    }
    return Promise.all(
      Array.from(pods, async ([uid, { sandboxes, containers, first }]) => ({
        uid,
        namespace: first.Labels[labels.podNamespace] ?? '',
        name: first.Labels[labels.podName] ?? '',
        sandboxes: (await Promise.all(sandboxes)).filter(each => each !== undefined),
        containers: (await Promise.all(containers)).filter(each => each !== undefined),
      })),
    )
  }

  /** Something happened to a container: the next observation asks for it, whatever the listing says. */
  suspect(id: string): void {
    this.#suspects.add(id)
  }

  /** The owner's containers and sandboxes, as the engine lists them; of these, those with all the given labels. */
  async list(withLabels: readonly string[] = []): Promise<Docker.ContainerInfo[]> {
    const docker = await this.#engine.docker()
    return docker.listContainers({ all: true, filters: { label: [`${labels.owner}=${this.#owner}`, ...withLabels] } })
  }

  #forget(listed: readonly Docker.ContainerInfo[]): void {
    const ids = new Set(listed.map(({ Id }) => Id))
    for (const id of this.#facts.keys()) if (!ids.has(id)) this.#facts.delete(id)
    for (const id of this.#suspects) if (!ids.has(id)) this.#suspects.delete(id)
  }

  async #sandbox(listed: Docker.ContainerInfo): Promise<Sandbox | undefined> {
    const { Id, Created, Labels, HostConfig } = listed
    const facts = await this.#factsAbout(listed)
    const onHost = HostConfig.NetworkMode === 'host'
    // Until it has its addresses a sandbox is not finished: whoever made it did not live to do it.
    const ips = onHost ? [] : await this.#network.addresses(Id)
    return (
      facts && {
        id: wholeId(Id),
        attempt: Number(Labels[labels.attempt]),
        state: facts.container.state === 'running' && ips ? 'ready' : 'notReady',
        ips: ips ?? [],
        createdAt: new Date(Created * 1000),
      }
    )
  }

  async #container(listed: Docker.ContainerInfo): Promise<ObservedContainer | undefined> {
    const { Id, Created, Labels, ImageID } = listed
    const facts = await this.#factsAbout(listed)
    return (
      facts && {
        id: wholeId(Id),
        name: Labels[labels.containerName] ?? '',
        attempt: Number(Labels[labels.attempt]),
        sandboxId: wholeId(Labels[labels.sandboxId] ?? ''),
        image: Labels[labels.image] ?? '',
        imageId: await this.#imageId(ImageID),
        hash: Labels[labels.hash] ?? '',
        createdAt: new Date(Created * 1000),
        graceSeconds: Number(Labels[labels.graceSeconds]),
        ...facts.container,
      }
    )
  }

  /** Undefined if it was removed between the listing and now. */
  async #factsAbout({ Id, State }: Docker.ContainerInfo): Promise<Facts | undefined> {
    const isSuspect = this.#suspects.delete(Id)
    const known = this.#facts.get(Id)
    if (known?.state === State && !isSuspect) return known
    const docker = await this.#engine.docker()
    const inspected = await found(docker.getContainer(Id).inspect())
    if (!inspected) return undefined
    const facts = { state: inspected.State.Status, container: factsOf(inspected.State) }
    this.#facts.set(Id, facts)
    return facts
  }

  /** An image's name for a container's status; one that was pulled is named so that it can be pulled again. */
  async #imageId(id: string): Promise<string> {
    const known = this.#images.get(id)
    if (known) return known
    const docker = await this.#engine.docker()
    const digest = (await found(docker.getImage(id).inspect()))?.RepoDigests?.[0]
    const name = digest ? `docker-pullable://${digest}` : wholeId(id)
    this.#images.set(id, name)
    return name
  }
}

function factsOf(state: Docker.ContainerInspectInfo['State']): Facts['container'] {
  const startedAt = state.StartedAt === never ? {} : { startedAt: new Date(state.StartedAt) }
  if (state.Running) return { state: 'running', ...startedAt }
  const failedToStart = state.Status === 'created' && state.Error !== ''
  if (state.Status === 'created' && !failedToStart) return { state: 'created' }
  return {
    state: 'exited',
    ...startedAt,
    ...(state.FinishedAt !== never && { finishedAt: new Date(state.FinishedAt) }),
    exitCode: state.ExitCode,
    reason: reasonOf(state, failedToStart),
    ...(state.Error && { message: state.Error }),
  }
}

function reasonOf({ OOMKilled, ExitCode }: Docker.ContainerInspectInfo['State'], failedToStart: boolean): string {
  if (OOMKilled) return 'OOMKilled'
  if (failedToStart) return 'ContainerCannotRun'
  return ExitCode === 0 ? 'Completed' : 'Error'
}

const newestFirst = (a: Docker.ContainerInfo, b: Docker.ContainerInfo): number =>
  b.Created - a.Created || Number(b.Labels[labels.attempt]) - Number(a.Labels[labels.attempt])
