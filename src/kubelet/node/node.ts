import { Node, type NodeCondition, type NodeStatus } from '#api/core/v1.ts'
import { isReason } from '#api/status.ts'
import type { Client } from '#client/client.ts'
import type { ContainerRuntime, Image } from '#kubelet/runtime.ts'
import type { Clock } from '#machinery/clock.ts'
import { equal } from '#machinery/equality.ts'
import type { Log } from '#machinery/log.ts'
import { timestamp } from '#machinery/time.ts'
import type { Recorder } from '#reconcile/events.ts'
import type { NodeShape } from './host.ts'
import { renewLease } from './lease.ts'

/** The Kubernetes version whose kubelet this one is like. */
export const kubeletVersion = 'v1.36.0'

const lookMs = 10_000
/** A status that has not changed is written again this often. */
const reportMs = 5 * 60_000
const firstRetryMs = 100
const longestRetryMs = 7_000
const mostImages = 50
const mostImageNames = 5

interface NodeParts {
  readonly client: Client
  readonly runtime: ContainerRuntime
  readonly events: Recorder
  readonly clock: Clock
  readonly log: Log
  readonly random?: () => number
}

/** Registers a node and keeps its status and its lease up to date until the signal aborts. Never rejects. */
export async function runNode(shape: NodeShape, parts: NodeParts, signal: AbortSignal): Promise<void> {
  const { events, runtime, clock } = parts
  const status = statusOf(shape, await stateOf(runtime), undefined, clock.now())
  const node = await register(shape, status, parts, signal)
  if (!node) return
  events.event(node, 'Normal', 'Starting', 'Starting kubelet.')
  await Promise.all([renewLease(node, parts, signal), report(node, shape, parts, signal)])
}

/** A node's status from what it is and whether its runtime answers. Pure. */
export function statusOf(shape: NodeShape, state: RuntimeState, before: NodeStatus | undefined, now: Date): NodeStatus {
  const { name, ips, capacity, port, machine } = shape
  return {
    addresses: [...ips.map(address => ({ type: 'InternalIP', address })), { type: 'Hostname', address: name }],
    capacity: { ...capacity },
    allocatable: { ...capacity },
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    nodeInfo: {
      ...machine,
      containerRuntimeVersion: state.version ?? before?.nodeInfo?.containerRuntimeVersion ?? '',
      kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
    },
    ...(state.images.length > 0 && { images: imagesOf(state.images) }),
    conditions: conditions(state, before, now),
  }
}

/** What the container runtime says of itself. */
interface RuntimeState {
  /** Undefined: it does not answer. */
  readonly version: string | undefined
  readonly images: readonly Image[]
}

async function stateOf(runtime: ContainerRuntime): Promise<RuntimeState> {
  try {
    return { version: await runtime.version(), images: await runtime.images() }
  } catch {
    return { version: undefined, images: [] }
  }
}

function conditions({ version }: RuntimeState, before: NodeStatus | undefined, now: Date): NodeCondition[] {
  const ready =
    version === undefined
      ? ['Ready', 'False', 'KubeletNotReady', 'container runtime is down']
      : ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status']
  return [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ready,
  ].map(([type = '', status = '', reason = '', message = '']) => {
    const old = before?.conditions?.find(each => each.type === type)
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : undefined
    return {
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: timestamp(now),
      lastTransitionTime: lastTransitionTime ?? timestamp(now),
    }
  })
}

const imagesOf = (images: readonly Image[]): { names: string[]; sizeBytes: number }[] =>
  [...images]
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, mostImages)
    .map(({ names, sizeBytes }) => ({ names: names.slice(0, mostImageNames), sizeBytes }))

/** Creates the node, or takes over the one that is there: the labels that are the kubelet's to say, all else as it was. */
async function register(shape: NodeShape, status: NodeStatus, parts: NodeParts, signal: AbortSignal): Promise<Node | undefined> {
  const { client, clock, log } = parts
  let retryMs = firstRetryMs
  while (!signal.aborted) {
    try {
      const node = await createOrAdopt(shape, status, client, signal)
      return await write(client, node, statusOf(shape, await stateOf(parts.runtime), node.status, clock.now()), signal)
    } catch (error) {
      if (signal.aborted) return undefined
      log.warn('the node could not be registered', { node: shape.name, error: String(error) })
      await clock.sleep((retryMs = Math.min(2 * retryMs, longestRetryMs)), signal)
    }
  }
  return undefined
}

async function createOrAdopt(
  { name, labels = {}, taints, podCidr, machine }: NodeShape,
  status: NodeStatus,
  client: Client,
  signal: AbortSignal,
): Promise<Node> {
  const own = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': machine.architecture,
    ...labels,
  }
  const spec = {
    ...(taints?.length && { taints: taints.map(each => ({ ...each })) }),
    ...(podCidr && { podCIDR: podCidr, podCIDRs: [podCidr] }),
  }
  try {
    const metadata = { name, labels: own, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } }
    return await client.create(Node, { metadata, spec, status }, signal)
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error
  }
  const there = await client.get(Node, { namespace: '', name }, signal)
  if (equal({ ...there.metadata.labels, ...own }, there.metadata.labels)) return there
  return client.patch(Node, { namespace: '', name }, { type: 'merge', body: { metadata: { labels: own } } }, signal)
}

/** Looks every 10 s, and writes what changed; without change every 5 minutes. */
async function report(node: Node, shape: NodeShape, parts: NodeParts, signal: AbortSignal): Promise<void> {
  const { client, runtime, clock, log, events, random = () => 0 } = parts
  let latest = node
  let writtenAt = clock.now().getTime()
  tellReady(undefined, latest, events)
  await clock.sleep(lookMs * random(), signal)
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal)
    if (signal.aborted) return
    const now = clock.now()
    const status = statusOf(shape, await stateOf(runtime), latest.status, now)
    const isSame = equal(
      { ...latest.status, ...withoutHeartbeats(status) },
      { ...latest.status, ...withoutHeartbeats(latest.status ?? {}) },
    )
    if (isSame && now.getTime() - writtenAt < reportMs) continue
    try {
      const written = await write(client, latest, status, signal)
      tellReady(latest, written, events)
      latest = written
      writtenAt = now.getTime()
    } catch (error) {
      if (!signal.aborted) log.warn('the node status could not be written', { node: shape.name, error: String(error) })
    }
  }
}

const withoutHeartbeats = (status: NodeStatus): NodeStatus => ({
  ...status,
  conditions: status.conditions?.map(({ lastHeartbeatTime, ...rest }) => rest) ?? [],
})

const write = (client: Client, node: Node, status: NodeStatus, signal: AbortSignal): Promise<Node> =>
  client.patch(
    Node,
    { namespace: '', name: node.metadata.name! },
    { type: 'strategic', subresource: 'status', body: { status } },
    signal,
  )

function tellReady(before: Node | undefined, after: Node, events: Recorder): void {
  const isReady = (node: Node | undefined): boolean | undefined =>
    node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  if (isReady(before) === isReady(after)) return
  const word = isReady(after) ? 'NodeReady' : 'NodeNotReady'
  events.event(after, 'Normal', word, `Node ${after.metadata.name} status is now: ${word}`)
}
