import type { Pod, PodSpec, Toleration } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, quote } from '#machinery/causes.ts'
import { containersOf } from './every-container.ts'
import { validateDescendingPath } from './paths.ts'
import { profileAnnotations } from './profiles.ts'
import { validateTolerations } from './scheduling.ts'

type Annotations = Readonly<Record<string, string>>

/** Marks the pod that stands for one which a node runs on its own. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror'
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'
const tolerations = 'scheduler.alpha.kubernetes.io/tolerations'

/** Checks annotations that mean something to Kubernetes itself. */
export function* validatePodAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path = 'metadata.annotations',
): Generator<Cause> {
  if (!annotations) return
  const mirror = annotations[mirrorAnnotation]
  if (mirror !== undefined && !spec.nodeName)
    yield invalidValue(`${path}[${mirrorAnnotation}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set')
  if (annotations[tolerations]) yield* validateTolerationsText(annotations[tolerations], path)
  const cost = annotations[deletionCost]
  if (cost !== undefined && !isCost(cost)) yield invalidValue(`${path}[${deletionCost}]`, cost, 'must be a 32bit integer')
  for (const [key, value] of Object.entries(annotations)) {
    if (key === profileAnnotations.seccompPod || key.startsWith(profileAnnotations.seccompContainer))
      yield* validateSeccompText(value, `${path}.${key}`)
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key.startsWith(profileAnnotations.appArmorContainer)) yield* validateAppArmorText(key, value, spec, `${path}[${key}]`)
  }
}

/** As Go's ParseInt reads it, but without a plus or leading zeros. */
const isCost = (text: string): boolean =>
  text === '' || (/^(0|-?[1-9]\d*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31)

function* validateTolerationsText(text: string, path: string): Generator<Cause> {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    list = undefined
  }
  if (!Array.isArray(list) || list.some(item => typeof item !== 'object' || item === null))
    yield invalidValue(path, tolerations, `invalid character ${quote(text.slice(0, 1))} looking for beginning of value`)
  else yield* validateTolerations(list as Toleration[], `${path}.${tolerations}`)
}

function* validateSeccompText(value: string, at: string): Generator<Cause> {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(value)) return
  if (value.startsWith('localhost/')) yield* validateDescendingPath(value.slice('localhost/'.length), at)
  else yield invalidValue(at, value, 'must be a valid seccomp profile')
}

function* validateAppArmorText(key: string, value: string, spec: PodSpec, at: string): Generator<Cause> {
  const name = key.slice(profileAnnotations.appArmorContainer.length)
  if (![...containersOf(spec, '')].some(([container]) => container.name === name))
    yield invalidValue(at, name, 'container not found')
  if (value && value !== 'runtime/default' && value !== 'unconfined' && !value.startsWith('localhost/'))
    yield invalidValue(at, value, `invalid AppArmor profile name: ${quote(value)}`)
}

/** Checks that annotations which say how a pod came to be stay what they were. */
export function* validateAnnotationChange(
  { metadata: { annotations = {} }, spec }: Pod,
  { metadata: { annotations: before = {} } }: Pod,
): Generator<Cause> {
  for (const key of new Set([...Object.keys(before), ...Object.keys(annotations)])) {
    if (annotations[key] === before[key]) continue
    const topic = key === mirrorAnnotation ? 'mirror pod annotation' : isAppArmor(key) ? 'AppArmor annotations' : undefined
    const verb = before[key] === undefined ? 'add' : 'remove or update'
    if (topic) yield forbidden(`metadata.annotations[${key}]`, `may not ${verb} ${topic}`)
  }
  yield* validatePodAnnotations(annotations, spec)
}

const isAppArmor = (key: string): boolean => key.startsWith(profileAnnotations.appArmorContainer)
