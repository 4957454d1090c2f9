import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from '#api/core/v1.ts'
import type { ObservedPod } from '#kubelet/runtime.ts'
import { timestamp } from '#machinery/time.ts'
import { type Judgement, judge, ownTypes } from './conditions.ts'
import { containerStatus, type Seen } from './container-status.ts'
import type { Known } from './known.ts'
import { isDoomed, isOverdue, isTerminal, phaseOf } from './phase.ts'
import { qosOf } from './qos.ts'

/** What a pod's status is made of. */
export interface Circumstances {
  readonly pod: Readonly<Pod>
  /** The status that was last written, which may be newer than the pod's. */
  readonly before: Readonly<PodStatus>
  readonly observed: ObservedPod | undefined
  readonly known: Known
  readonly hostIps: readonly string[]
  readonly now: Date
}

/** How a pod is: everything that `kubectl get pod -o yaml` says under status. Pure. */
export function statusOf(circumstances: Circumstances): PodStatus {
  const { pod, before, observed, now } = circumstances
  const startTime = before.startTime ?? timestamp(now)
  const isOver = isDoomed(pod, { ...before, startTime }, now) || isTerminal(pod.status?.phase)
  const seen: Seen = { ...circumstances, isDoomed: isOver }
  const init = statuses(seen, pod.spec?.initContainers ?? [], before.initContainerStatuses ?? [], 'init')
  const regular = statuses(seen, pod.spec?.containers ?? [], before.containerStatuses ?? [], 'regular')
  const ephemeral = statuses(
    seen,
    (pod.spec?.ephemeralContainers ?? []) as Container[],
    before.ephemeralContainerStatuses ?? [],
    'ephemeral',
  )
  regular.sort((a, b) => (a.name < b.name ? -1 : 1))

  const isEnded = isOver && !observed?.containers.some(({ state }) => state === 'running')
  const found = phaseOf(pod, init, regular, isEnded)
  // Whoever else says that a pod has ended is believed too: nothing comes back from there.
  const final = [before.phase, pod.status?.phase].find(isTerminal)
  const phase = final ?? found
  const late = isOverdue(pod, startTime, now) && !final
  const hasSandbox = observed?.sandboxes[0]?.state === 'ready'
  const judgements = [...judge(pod, late ? 'Failed' : phase, hasSandbox, init, regular)]
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase: late ? 'Failed' : phase,
    ...why(before, late, phase),
    startTime,
    conditions: conditionsOf(circumstances, judgements),
    ...addresses(circumstances),
    qosClass: before.qosClass ?? qosOf(pod),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: regular,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
  }
}

const statuses = (
  seen: Seen,
  containers: readonly Container[],
  before: readonly ContainerStatus[],
  kind: 'init' | 'regular' | 'ephemeral',
): ContainerStatus[] =>
  containers.map(each =>
    containerStatus(
      seen,
      each,
      before.find(({ name }) => name === each.name),
      kind,
    ),
  )

/** Reason and message belong to a phase and go with it. */
function why(before: Readonly<PodStatus>, late: boolean, phase: string): Pick<PodStatus, 'reason' | 'message'> {
  if (late) return { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
  if (phase !== before.phase) return {}
  return { ...(before.reason && { reason: before.reason }), ...(before.message && { message: before.message }) }
}

function addresses({ pod, before, observed, hostIps }: Circumstances): Partial<PodStatus> {
  const [sandbox] = observed?.sandboxes ?? []
  const own = sandbox ? sandbox.ips : (before.podIPs?.map(({ ip }) => ip) ?? [])
  const ips = pod.spec?.hostNetwork ? hostIps : own
  const host = hostIps[0] !== undefined && { hostIP: hostIps[0], hostIPs: hostIps.map(ip => ({ ip })) }
  return { ...host, ...(ips[0] !== undefined && { podIP: ips[0], podIPs: ips.map(ip => ({ ip })) }) }
}

/** Other people's conditions as they are; ours with the time when they last changed. */
function conditionsOf({ pod, before, now }: Circumstances, judgements: readonly Judgement[]): PodCondition[] {
  const others = pod.status?.conditions?.filter(({ type }) => !ownTypes.includes(type)) ?? []
  const ours = judgements.map(judgement => {
    const old = before.conditions?.find(({ type }) => type === judgement.type)
    const isSame = old?.status === judgement.status && old.lastTransitionTime !== undefined
    const { generation } = pod.metadata
    return {
      ...judgement,
      ...(generation !== undefined && { observedGeneration: generation }),
      lastTransitionTime: isSame ? old.lastTransitionTime! : timestamp(now),
    }
  })
  return [...others, ...ours]
}
