import type { ContainerStatus, Pod, PodCondition } from '#api/core/v1.ts'
import { isSidecar } from './restart.ts'

/** A condition without the times that only comparing it with the one before can tell. */
export type Judgement = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>

/** What the kubelet says of every pod; conditions of other types are other people's. */
export const ownTypes: readonly string[] = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
]

/** The kubelet's conditions of a pod, in upstream's order. */
export function* judge(
  pod: Readonly<Pod>,
  phase: string,
  hasSandbox: boolean,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
): Generator<Judgement> {
  const containersReady = judgeContainers(pod, phase, init, regular)
  yield { type: 'PodReadyToStartContainers', status: hasSandbox ? 'True' : 'False' }
  yield judgeInitialized(pod, phase, init, regular)
  yield { ...judgeReady(pod, containersReady), type: 'Ready' }
  yield { ...containersReady, type: 'ContainersReady' }
  yield { type: 'PodScheduled', status: 'True' }
}

function judgeInitialized(
  pod: Readonly<Pod>,
  phase: string,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
): Judgement {
  const type = 'Initialized'
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' }
  const hasStarted = regular.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated)
  const incomplete = (pod.spec?.initContainers ?? []).filter(container => {
    const status = init.find(({ name }) => name === container.name)
    return isSidecar(container) ? !status?.started : !status?.ready
  })
  if (hasStarted || incomplete.length === 0) return { type, status: 'True' }
  const message = `containers with incomplete status: ${names(incomplete)}`
  return { type, status: 'False', reason: 'ContainersNotInitialized', message }
}

function judgeContainers(
  pod: Readonly<Pod>,
  phase: string,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
): Omit<Judgement, 'type'> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  const counted = [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])]
  const statuses = [...init, ...regular]
  const unready = counted.filter(({ name }) => !statuses.find(each => each.name === name)?.ready)
  if (unready.length === 0) return { status: 'True' }
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: ${names(unready)}` }
}

function judgeReady(pod: Readonly<Pod>, containersReady: Omit<Judgement, 'type'>): Omit<Judgement, 'type'> {
  if (containersReady.status !== 'True') return containersReady
  const shut: string[] = []
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType)
    if (!gate) shut.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`)
    else if (gate.status !== 'True')
      shut.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`)
  }
  return shut.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ReadinessGatesNotReady', message: shut.join(', ') }
}

const names = (containers: readonly { readonly name: string }[]): string => `[${containers.map(({ name }) => name).join(' ')}]`
