import type { Container, ContainerStatus, Pod } from '#api/core/v1.ts'

/** A pod in one line: how many of its containers are ready, what it is doing, how often it was restarted. */
export interface Summary {
  readonly ready: number
  readonly total: number
  readonly status: string
  readonly restarts: number
  /** When a container last ended that was started again. */
  readonly lastRestart: string | undefined
}

/** Sums a pod up in the words that kubectl shows. */
export function summarize(pod: Pod): Summary {
  const { spec, status, metadata } = pod
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(container => container.name))
  const init = summarizeInit(pod, sidecars)
  const conditions = status?.conditions ?? []
  const initialized = conditions.some(({ type, status }) => type === 'Initialized' && status === 'True')
  const gated = conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')
  const begun = init.problem === undefined || initialized
  const main = begun ? summarizeMain(pod) : undefined

  let text = main?.status ?? init.problem ?? (gated ? 'SchedulingGated' : status?.reason || status?.phase || '')
  if (metadata.deletionTimestamp) {
    if (status?.reason === 'NodeLost') text = 'Unknown'
    else if (status?.phase !== 'Succeeded' && status?.phase !== 'Failed') text = 'Terminating'
  }
  const restarted = begun
    ? [...init.seen.filter(({ name }) => sidecars.has(name)), ...(status?.containerStatuses ?? [])]
    : init.seen
  return {
    ready: init.ready + (main?.ready ?? 0),
    total: (spec.containers ?? []).length + sidecars.size,
    status: text,
    restarts: restarted.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    lastRestart: restarted
      .map(({ lastState }) => lastState?.terminated?.finishedAt)
      .filter(time => time !== undefined)
      .sort()
      .at(-1),
  }
}

const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always'

interface InitSummary {
  /** What keeps the pod from beginning; missing when nothing does. */
  readonly problem: string | undefined
  readonly ready: number
  /** The containers up to the one that the pod waits for. */
  readonly seen: readonly ContainerStatus[]
}

function summarizeInit({ spec, status }: Pod, sidecars: ReadonlySet<string>): InitSummary {
  const statuses = status?.initContainerStatuses ?? []
  let ready = 0
  for (const [index, container] of statuses.entries()) {
    const { terminated, waiting } = container.state ?? {}
    if (terminated?.exitCode === 0) continue
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) ready++
      continue
    }
    const seen = statuses.slice(0, index + 1)
    if (terminated) return { problem: `Init:${endText(terminated)}`, ready, seen }
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return { problem: `Init:${waiting.reason}`, ready, seen }
    return { problem: `Init:${index}/${spec.initContainers?.length ?? 0}`, ready, seen }
  }
  return { problem: undefined, ready, seen: statuses }
}

/** What the ordinary containers are doing; the first that has something to say says it. */
function summarizeMain({ status }: Pod): { ready: number; status: string | undefined } {
  let ready = 0
  let text: string | undefined
  let failure: string | undefined
  for (const container of (status?.containerStatuses ?? []).toReversed()) {
    const { waiting, terminated, running } = container.state ?? {}
    if (waiting?.reason) text = waiting.reason
    else if (terminated) {
      text = endText(terminated)
      if (terminated.exitCode !== 0) failure = text
    } else if (container.ready && running) ready++
  }
  // A pod that did part of its work is not done while the rest still runs.
  if (text !== 'Completed') return { ready, status: text }
  const isReady = status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True')
  if (ready > 0 && isReady) text = 'Running'
  else if (failure) text = failure
  else if (ready > 0) text = 'NotReady'
  return { ready, status: text }
}

const endText = ({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }): string =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)
