import type { Container, Pod } from '#api/core/v1.ts'
import type { ObservedContainer, ObservedPod } from '#kubelet/runtime.ts'
import { fnv32a } from '#machinery/hash.ts'

const secondMs = 1000
/** The waits before the second, third, … restart; the first is at once. */
const waitsMs = [10, 20, 40, 80, 160, 300].map(seconds => seconds * secondMs)
const longestWaitMs = waitsMs.at(-1)!
/** Who ran for longer than this is forgiven. */
const forgivenMs = 2 * longestWaitMs
/** How much later than planned a container may have started: the time it takes to make one. */
const slackMs = 2 * secondMs

/** An init container that runs beside the others: a sidecar. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

/** The fingerprint of what a container is: one that runs with another is replaced. As upstream's it sees name and image only. */
export const hashOf = ({ name, image }: Container): string => fnv32a(JSON.stringify({ name, image })).toString(16)

/** Whether a container that ended with `exitCode` is to be run again, by its own rules, its own policy or its pod's. */
export function restarts(pod: Readonly<Pod>, container: Container, exitCode: number): boolean {
  for (const { exitCodes } of container.restartPolicyRules ?? []) {
    if (exitCodes && (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === 'In')) return true
  }
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always'
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

/** Whether a container whose probe failed is run again: it has no exit code to judge by. */
export const restartsAfterProbe = (pod: Readonly<Pod>, container: Container): boolean =>
  (container.restartPolicy ?? pod.spec?.restartPolicy) !== 'Never'

/** All attempts of one container that there still are, newest first. */
export const attemptsOf = (observed: ObservedPod | undefined, name: string): readonly ObservedContainer[] =>
  observed?.containers.filter(each => each.name === name) ?? []

/**
 * How long an ended container waits for its restart: nothing the first time, then 10 s, doubled each time up to 300 s,
 * and from the start again once it ran for 10 minutes.
 *
 * There is no counter to keep: the last wait shows in the times of the attempt before, of which one is always left.
 */
export function crashWaitMs([last, before]: readonly ObservedContainer[]): number {
  if (!last || last.attempt === 0) return 0
  const ended = timeOf(last.finishedAt)
  const most = waitsMs[Math.min(last.attempt, waitsMs.length) - 1]!
  if (!before) return most
  if (ended - timeOf(before.finishedAt) > forgivenMs) return 0
  const waited = timeOf(last.startedAt ?? last.createdAt) - timeOf(before.finishedAt)
  return Math.min(most, waitsMs.find(wait => wait > waited + slackMs) ?? longestWaitMs)
}

/** When an ended container may run again. */
export const restartTime = (attempts: readonly ObservedContainer[]): Date =>
  new Date(timeOf(attempts[0]?.finishedAt) + crashWaitMs(attempts))

/** A duration as Go prints it: `10s`, `1m20s`, `5m0s`. */
export const durationText = (ms: number): string => {
  const seconds = Math.round(ms / secondMs)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}

/** A pod as upstream's messages name it. */
export const podText = ({ metadata }: Readonly<Pod>): string => `${metadata.name}_${metadata.namespace}(${metadata.uid})`

const timeOf = (date: Date | undefined): number => date?.getTime() ?? 0
