import type { Deployment, ReplicaSet } from '#api/apps/v1.ts'
import { equal } from '#machinery/equality.ts'
import { hashOf } from '#machinery/hash.ts'
import { byCreation, desiredReplicas, maxReplicas } from './rollout.ts'

type Template = NonNullable<Deployment['spec']>['template']

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const historyAnnotation = 'deployment.kubernetes.io/revision-history'
export const hashLabel = 'pod-template-hash'
const longestHistory = 2000

/** Annotations that a deployment does not hand on to its sets. */
const own = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredReplicas,
  maxReplicas,
  'deprecated.deployment.rollback.to',
])

/** The name part that tells a template's set from those of other templates; another one after each collision. */
export const templateHash = (template: Template, collisions: number | undefined): string =>
  hashOf(collisions === undefined ? template : { template, collisions })

/** Whether two templates make the same pods: the label that only tells sets apart does not count. */
export const sameTemplate = (a: Template | undefined, b: Template | undefined): boolean => equal(withoutHash(a), withoutHash(b))

function withoutHash(template: Template | undefined): unknown {
  const { [hashLabel]: _, ...labels } = template?.metadata?.labels ?? {}
  return { ...template, metadata: { ...template?.metadata, labels, creationTimestamp: undefined } }
}

/** The set that has the deployment's present template: the oldest, should there be several. */
export const newSetOf = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  [...sets].sort(byCreation).find(set => sameTemplate(set.spec?.template, deployment.spec?.template))

export const revisionOf = (set: ReplicaSet): bigint => revisionIn(set.metadata.annotations ?? {})

/** The revision of a template that becomes the present one now. */
export const nextRevision = (old: readonly ReplicaSet[]): bigint =>
  [0n, ...old.map(revisionOf)].sort((a, b) => Number(a - b)).at(-1)! + 1n

/** Any int64 that somebody has written, else 0. */
function revisionIn({ [revisionAnnotation]: text = '' }: Readonly<Record<string, string>>): bigint {
  return /^\d+$/.test(text) ? BigInt(text) : 0n
}

/** The annotations of the present set: the deployment's, and the number of its revision; an older number goes into the history. */
export function presentAnnotations(
  deployment: Deployment,
  before: Readonly<Record<string, string>>,
  revision: bigint,
): Record<string, string> {
  const given = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !own.has(name))
  const annotations = { ...before, ...Object.fromEntries(given) }
  const old = before[revisionAnnotation]
  if (revisionIn(before) >= revision) return annotations
  annotations[revisionAnnotation] = String(revision)
  if (old !== undefined) annotations[historyAnnotation] = history(before[historyAnnotation], old)
  return annotations
}

/** Earlier revisions of a set, the oldest forgotten once the text grows too long. */
function history(before: string | undefined, revision: string): string {
  const revisions = [...(before ? before.split(',') : []), revision]
  while (revisions.join(',').length > longestHistory) revisions.shift()
  return revisions.join(',')
}

/** The old sets that are one too many to remember: empty, settled, lowest revisions first. */
export function forgettable(deployment: Deployment, old: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit
  if (limit === undefined || limit === 2 ** 31 - 1) return []
  const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp)
  return alive
    .sort((a, b) => Number(revisionOf(a) - revisionOf(b)) || byCreation(a, b))
    .slice(0, Math.max(0, alive.length - limit))
    .filter(isEmpty)
}

const isEmpty = ({ metadata, spec, status }: ReplicaSet): boolean =>
  !status?.replicas && spec?.replicas === 0 && (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0)
