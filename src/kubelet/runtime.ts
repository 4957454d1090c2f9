import type { Duplex } from 'node:stream'
import type { Container, Pod } from '#api/core/v1.ts'

/**
 * Runs containers. The only thing in the kubelet that knows what a container really is.
 *
 * It is asked, never remembered: what runs is in `observe`, and a restarted kubelet finds everything again.
 * Ids of containers and sandboxes are whole, as in a pod's status: `docker://4f1c…`.
 */
export interface ContainerRuntime {
  /** Whether the addresses of pods answer: where they do not, network probes and hooks have nobody to ask. */
  readonly reachable: boolean

  /** What stands behind this, e.g. `docker://20.10.24`: a node's containerRuntimeVersion. Rejects while it does not answer. */
  version(): Promise<string>

  /** Everything of this node that runs, or ran and was not removed; of one pod only, if a uid is given. */
  observe(podUid?: string): Promise<readonly ObservedPod[]>

  /**
   * Which pods' containers or sandboxes changed; without a uid, any may have (at the start, and after a lost connection).
   * Reconnects by itself and ends when the signal aborts.
   */
  changes(signal: AbortSignal): AsyncIterable<{ readonly podUid?: string }>

  /**
   * Carries out one action and resolves when it is done; doing it twice is as good as once.
   * Throws a RuntimeError, whose reason is what a container's status says.
   */
  perform(action: Action, signal: AbortSignal): Promise<void>

  /** An image that is here, by any of its names or its id. */
  image(name: string): Promise<Image | undefined>
  /** All images that are here. */
  images(): Promise<readonly Image[]>

  /** What a container wrote, oldest first, whether it runs or not; with `follow`, on until it ends or the signal aborts. */
  logs(containerId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<Output>

  /** Runs a command in a running container and resolves with its exit code. Aborting lets go of it, and rejects. */
  exec(containerId: string, command: readonly string[], io: Streams, signal: AbortSignal): Promise<number>
  /** Joins the streams of a container's own process until it ends or the signal aborts. */
  attach(containerId: string, io: Streams, signal: AbortSignal): Promise<void>
  /** A connection to a TCP port on the loopback of a pod. Rejects when nobody listens. */
  portForward(podUid: string, port: number, signal: AbortSignal): Promise<Duplex>

  /**
   * Called for each pod of this node when the kubelet starts, before the first `observe`. A runtime whose containers die with it
   * takes from the pod's status what ran; others do nothing.
   */
  adopt(pod: Readonly<Pod>): void
  /** Ends and removes everything of this node, whoever asked for it: `pinnace down`. */
  cleanup(): Promise<void>
}

/** What there is of one pod. */
export interface ObservedPod {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** Newest first. */
  readonly sandboxes: readonly Sandbox[]
  /** All attempts of all containers (init and ephemeral ones too), newest first. */
  readonly containers: readonly ObservedContainer[]
}

/** The namespaces that a pod's containers share, held by a container that does nothing. */
export interface Sandbox {
  readonly id: string
  readonly attempt: number
  /** Only a ready sandbox may get containers; one that is not ready never becomes it again. */
  readonly state: 'ready' | 'notReady'
  /** Empty for pods on the host's network. */
  readonly ips: readonly string[]
  readonly createdAt: Date
}

/** One attempt to run one container. */
export interface ObservedContainer {
  readonly id: string
  readonly name: string
  /** How often this container was started before: its restartCount. */
  readonly attempt: number
  readonly sandboxId: string
  /** The image as the pod names it. */
  readonly image: string
  /** `docker://sha256:…`, or `docker-pullable://name@sha256:…` of a pulled one. */
  readonly imageId: string
  /** What was given when it was started: it differs from the wanted one when the container must be replaced. */
  readonly hash: string
  /** A container whose start failed is `exited`. */
  readonly state: 'created' | 'running' | 'exited'
  readonly createdAt: Date
  readonly startedAt?: Date
  readonly finishedAt?: Date
  readonly exitCode?: number
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`; only when exited. */
  readonly reason?: string
  /** Why it could not start. */
  readonly message?: string
  /** The pod's terminationGracePeriodSeconds: for pods that the API server no longer knows. */
  readonly graceSeconds: number
}

/** All that can ever be done to a pod on a node. */
export type Action = CreateSandbox | PullImage | StartContainer | StopContainer | RemoveContainer | RemoveSandbox

/** Makes the pod's namespaces and its network. */
export interface CreateSandbox {
  readonly do: 'create sandbox'
  readonly pod: Readonly<Pod>
  readonly attempt: number
  readonly hostname: string
  /** What stands in /etc/resolv.conf; the host's own file if left out. */
  readonly dns?: Dns
}

/** Fetches an image, whether it is here or not: the policy is the caller's. Fails with ErrImagePull. */
export interface PullImage {
  readonly do: 'pull image'
  readonly pod: Readonly<Pod>
  readonly image: string
  /** Tried in order; none means anonymous. */
  readonly credentials?: readonly Credentials[]
}

/** Creates and starts a container in a ready sandbox. Fails with CreateContainerError or RunContainerError. */
export interface StartContainer {
  readonly do: 'start container'
  readonly pod: Readonly<Pod>
  /** A container, an init container or an ephemeral one, as the pod has it, with `$(VAR)` already expanded in command and args. */
  readonly container: Readonly<Container>
  readonly attempt: number
  readonly sandboxId: string
  readonly hash: string
  /** Everything of the container's env and envFrom, and the service variables, resolved. */
  readonly env: readonly { readonly name: string; readonly value: string }[]
  /** volumeMounts, /etc/hosts and the termination message's file, all as paths of the host that exist. */
  readonly mounts: readonly Mount[]
}

/**
 * Sends the container's stop signal and, if it still runs after `graceSeconds`, SIGKILL. Resolves when it has ended.
 * A second call with less grace hurries the first.
 */
export interface StopContainer {
  readonly do: 'stop container'
  readonly id: string
  readonly graceSeconds: number
}

/** Removes a container and its logs; kills it if it runs. */
export interface RemoveContainer {
  readonly do: 'remove container'
  readonly id: string
}

/** Gives back the pod's network and removes the sandbox. Its containers have ended; their logs stay. */
export interface RemoveSandbox {
  readonly do: 'remove sandbox'
  readonly id: string
}

/** A directory or file of the host that a container sees. */
export interface Mount {
  readonly hostPath: string
  readonly containerPath: string
  readonly readOnly?: boolean
  /** As in a volumeMount; None if left out. */
  readonly propagation?: 'None' | 'HostToContainer' | 'Bidirectional'
}

/** The three lines of a resolv.conf. */
export interface Dns {
  readonly servers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

/** Who pulls an image. */
export interface Credentials {
  readonly username: string
  readonly password: string
  /** The registry's host. */
  readonly server: string
}

/** An image that is here. */
export interface Image {
  /** `sha256:…` */
  readonly id: string
  /** Its tags and digests. */
  readonly names: readonly string[]
  readonly sizeBytes: number
  /** Whom the image runs as, `1000`, `nobody`, `1000:1000`; empty for root. Only `image` tells it. */
  readonly user?: string
}

export interface LogOptions {
  readonly follow?: boolean
  /** How many of the last lines; all if left out. */
  readonly tailLines?: number
  readonly since?: Date
  /** Each line begins with its RFC 3339 time and a space. */
  readonly timestamps?: boolean
}

/** Bytes that a process wrote. With a terminal everything is stdout. */
export interface Output {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Uint8Array
}

/** The ends of a process's streams; what is left out is not connected. */
export interface Streams {
  /** Its end is the process's end of file. The caller ends it, at the latest when exec or attach is over. */
  readonly stdin?: AsyncIterable<Uint8Array>
  /** Called in order; the next bytes wait for the promise. */
  readonly stdout?: Sink
  readonly stderr?: Sink
  readonly tty?: boolean
  /** The terminal's sizes as they change, in characters. */
  readonly resize?: AsyncIterable<{ readonly width: number; readonly height: number }>
}

export type Sink = (bytes: Uint8Array) => void | Promise<void>

/** Why a pod could not be given what it asked for, in the words that stand in a container's status. */
export type RuntimeReason =
  | 'FailedCreatePodSandBox'
  | 'ErrImagePull'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'KillContainerError'
  | 'NotFound'
  | 'RuntimeError'

/** The one error of a runtime. `message` is fit for an event and a status. */
export class RuntimeError extends Error {
  readonly reason: RuntimeReason

  constructor(reason: RuntimeReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RuntimeError'
    this.reason = reason
  }
}
