import type { Container, PodSpec } from '#api/core/v1.ts'

/** What is judged: a pod, or the template of one. */
export interface Subject {
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: Readonly<PodSpec>
}

/** Why a pod does not meet a standard: in few words, and with what is wrong. */
export interface Finding {
  readonly reason: string
  readonly detail: string
}

/** Judges a pod by one rule. Pure. */
export type Judge = (subject: Subject) => Finding | undefined

/** One rule of the Pod Security Standards, as it has been since a version of Kubernetes (its minor one). */
export interface Check {
  readonly id: string
  readonly level: 'baseline' | 'restricted'
  /** The oldest first; each holds until the next. */
  readonly versions: readonly {
    readonly since: number
    readonly judge: Judge
    /** Baseline checks that need not be made beside this one, which is stricter. */
    readonly overrides?: readonly string[]
  }[]
}

/** Every container of a pod: the init, the ordinary and the ephemeral ones. */
export const containersOf = ({ spec }: Subject): readonly Container[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...((spec.ephemeralContainers ?? []) as Container[]),
]

/** The names of the containers that a test finds. */
export const namesOf = (subject: Subject, test: (container: Container) => boolean): readonly string[] =>
  containersOf(subject)
    .filter(test)
    .map(({ name }) => name)

/** `"a", "b"` */
export const quoted = (items: readonly string[]): string => items.map(item => `"${item}"`).join(', ')

/** `container "a"`, `containers "a", "b"` */
export const named = (noun: string, names: readonly string[]): string => `${plural(noun, names.length)} ${quoted(names)}`

export const plural = (noun: string, count: number): string => (count === 1 ? noun : `${noun}s`)

/** `pod and container "a"`: all that set something they must not. */
export const setters = (byPod: boolean, containers: readonly string[]): readonly string[] => [
  ...(byPod ? ['pod'] : []),
  ...(containers.length > 0 ? [named('container', containers)] : []),
]

/** Without doubles, sorted. */
export const sorted = (items: readonly string[]): readonly string[] => [...new Set(items)].sort()

/** What a judge says of pods of Windows, where it means nothing: nothing. */
export const notOnWindows =
  (judge: Judge): Judge =>
  subject =>
    subject.spec.os?.name === 'windows' ? undefined : judge(subject)

/** What a judge says of pods with users of their own, for which it is relaxed: nothing. */
export const notWithOwnUsers =
  (judge: Judge): Judge =>
  subject =>
    subject.spec.hostUsers === false ? undefined : judge(subject)
