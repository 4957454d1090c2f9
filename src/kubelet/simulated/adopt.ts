import type { ContainerStatus, Pod } from '#api/core/v1.ts'
import { hashOf } from '#kubelet/pod/restart.ts'
import type { ObservedContainer } from '#kubelet/runtime.ts'
import { type Course, courseOf } from './course.ts'

/** All that is said of a container that was started, but for what became of it. */
export type Started = Omit<ObservedContainer, 'state'>

/** When and how a container ended, or will. */
export interface End {
  readonly at: Date
  readonly exitCode: number
}

/** The containers that a pod's status knows, of those whose ids begin with `scheme`: what ran before a restart. */
export function adoptable(
  pod: Readonly<Pod>,
  scheme: string,
  sandboxId: string,
): { observed: Started; course: Course; end?: End }[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {}
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {}
  const statuses = [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses]
  const graceSeconds = pod.spec?.terminationGracePeriodSeconds ?? 30
  return [...initContainers, ...containers, ...ephemeralContainers].flatMap(container => {
    const status = statuses.find(({ name, containerID }) => name === container.name && containerID?.startsWith(scheme))
    const startedAt = status && startOf(status)
    if (!startedAt) return []
    const { containerID: id = '', name, restartCount: attempt, imageID: imageId, state } = status
    const ended = state?.terminated
    return {
      observed: {
        ...{ id, name, attempt, sandboxId, image: container.image ?? '', imageId, hash: hashOf(container) },
        ...{ createdAt: startedAt, startedAt, graceSeconds },
      },
      course: courseOf(pod, container),
      ...(ended && { end: { at: new Date(ended.finishedAt ?? startedAt), exitCode: ended.exitCode } }),
    }
  })
}

function startOf({ state }: ContainerStatus): Date | undefined {
  const time = state?.running?.startedAt ?? state?.terminated?.startedAt
  return time ? new Date(time) : undefined
}
