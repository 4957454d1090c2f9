import type { Container, Pod, PodSpec, Toleration } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { inRange } from '#machinery/names.ts'
import { each } from '#resources/checks.ts'
import { validateAnnotationChange } from './annotations.ts'
import { validateImageText } from './container.ts'
import { validateGatedChange, withNodeAffinityOf } from './gated.ts'
import { validateTolerations } from './scheduling.ts'

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

/** Says what is wrong with the change of a pod: little of it may change once it is there. */
export function* validatePodUpdate(pod: Pod, old: Pod): Generator<Cause> {
  const { spec } = pod
  const { spec: before } = old
  yield* validateAnnotationChange(pod, old)
  for (const field of ['containers', 'initContainers'] as const) {
    if ((spec[field]?.length ?? 0) !== (before[field]?.length ?? 0)) {
      yield forbidden(`spec.${field}`, 'pod updates may not add or remove containers')
      return
    }
    yield* each<Container>(spec[field], `spec.${field}`, function* (container, at) {
      if (!container.image) yield required(`${at}.image`)
      yield* validateImageText(container, at)
    })
  }
  const tooLate = [...validateDeadlineChange(spec.activeDeadlineSeconds, before.activeDeadlineSeconds)]
  yield* tooLate
  if (tooLate.length && spec.activeDeadlineSeconds !== undefined) return
  yield* validateTolerationChange(spec.tolerations ?? [], before.tolerations ?? [])
  yield* validateGateChange(spec, before)
  if (equal(spec, before)) return
  if (before.schedulingGates?.length) yield* validateGatedChange(spec, before, 'spec')
  if (!equal(asBefore(spec, before), before)) {
    yield forbidden('spec', `pod updates may not change fields other than ${changeable.join(',')}\n`)
  }
}

function* validateDeadlineChange(seconds: number | undefined, before: number | undefined): Generator<Cause> {
  const path = 'spec.activeDeadlineSeconds'
  if (seconds === undefined) {
    if (before !== undefined) yield invalidValue(path, null, 'must not update from a positive integer to nil value')
    return
  }
  const problems = inRange(seconds, 0, 2147483647)
  yield* invalidEach(path, seconds, problems)
  if (problems.length === 0 && before !== undefined && before < seconds)
    yield invalidValue(path, seconds, 'must be less than or equal to previous value')
}

function* validateTolerationChange(tolerations: readonly Toleration[], before: readonly Toleration[]): Generator<Cause> {
  const essence = ({ tolerationSeconds, ...rest }: Toleration) => rest
  const kept = before.every(old => tolerations.some(toleration => equal(essence(toleration), essence(old))))
  if (!kept) yield forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')
  else yield* validateTolerations(tolerations, 'spec.tolerations')
}

function* validateGateChange({ schedulingGates = [] }: PodSpec, before: PodSpec): Generator<Cause> {
  const known = new Set((before.schedulingGates ?? []).map(gate => gate.name))
  for (const [index, { name }] of schedulingGates.entries()) {
    if (!known.has(name)) {
      yield forbidden(`spec.schedulingGates[${index}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)
    }
  }
}

/** The spec with everything that may change put back, to see whether anything else did. */
function asBefore(spec: PodSpec, before: PodSpec): PodSpec {
  const withOldImages = (containers: readonly Container[] | undefined, old: readonly Container[] | undefined) =>
    containers?.map((container, index) => ({ ...container, image: old?.[index]?.image }))
  const undone: Record<string, unknown> = {
    ...spec,
    containers: withOldImages(spec.containers, before.containers),
    initContainers: withOldImages(spec.initContainers, before.initContainers),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
  }
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    undone.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds
  }
  if (before.schedulingGates?.length) {
    // A pod that waits at a gate may still be told where to go.
    undone.nodeSelector = before.nodeSelector
    undone.affinity = withNodeAffinityOf(spec.affinity, before.affinity)
  }
  return undone as unknown as PodSpec
}
