import type { PersistentVolumeClaim } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, notSupported } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { immutable } from '#machinery/metadata.ts'
import { qualifiedName } from '#machinery/names.ts'
import { compare, quantityError, value } from '#machinery/quantity.ts'

type Spec = NonNullable<PersistentVolumeClaim['spec']>

/** The older way to name a class. */
export const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

/** Says what of a claim may not change as it did. */
export function* validateClaimChange(claim: PersistentVolumeClaim, before: PersistentVolumeClaim): Generator<Cause> {
  const { spec = {}, status } = claim
  const { spec: old = {} } = before
  const named = claim.metadata.annotations?.[classAnnotation]
  const namedBefore = before.metadata.annotations?.[classAnnotation]
  // A class that was annotated may move to the field, where a missing one may come too.
  const moves = namedBefore !== undefined && old.storageClassName === undefined && spec.storageClassName === namedBefore
  if (!(moves && (named === undefined || named === namedBefore)))
    yield* immutable(named ?? '', namedBefore ?? '', `metadata.annotations.${classAnnotation}`)
  const mayName = old.storageClassName === undefined && (namedBefore === undefined || spec.storageClassName === namedBefore)
  const bound = status?.phase === 'Bound'
  if (!equal(essence(spec, bound, mayName, old), essence(old, bound, mayName, old))) {
    const detail = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n'
    yield forbidden('spec', detail)
  }
  const size = amountOf(spec.resources?.requests?.storage)
  if (
    compare(size, amountOf(old.resources?.requests?.storage)) < 0 &&
    compare(size, amountOf(before.status?.capacity?.storage)) <= 0
  ) {
    yield forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
  }
  yield* immutable(spec.volumeMode, old.volumeMode, 'volumeMode')
  if (
    before.status?.currentVolumeAttributesClassName === undefined ||
    equal(spec.volumeAttributesClassName, old.volumeAttributesClassName)
  )
    return
  const detail = 'is forbidden when status.currentVolumeAttributesClassName is not nil'
  if (spec.volumeAttributesClassName === undefined) yield forbidden('spec.volumeAttributesClassName', `update to nil ${detail}`)
  else if (!spec.volumeAttributesClassName) yield forbidden('spec.volumeAttributesClassName', `update to empty string ${detail}`)
}

const amountOf = (amount: string | undefined): string => (amount === undefined || quantityError(amount) ? '0' : amount)

/** What of a claim may not change: a bound one may grow, an unbound one may be given a volume, one without a class gets one. */
function essence(spec: Spec, bound: boolean, mayName: boolean, before: Spec): Spec {
  const kept = { ...spec }
  if (!before.volumeName) delete kept.volumeName
  if (mayName) delete kept.storageClassName
  if (!bound) return kept
  delete kept.volumeAttributesClassName
  if (kept.resources?.requests) {
    const { storage, ...requests } = kept.resources.requests
    kept.resources = { ...kept.resources, requests }
  }
  return kept
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort()

/** Says what is wrong with what is told of a claim. */
export function* validateClaimStatus({ status = {} }: PersistentVolumeClaim): Generator<Cause> {
  for (const [name, amount] of Object.entries(status.capacity ?? {})) yield* validateBasic(amount, `status.capacity[${name}]`)
  const states = 'status.allocatedResourceStatuses'
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    yield* validateKey(name, states)
    // Upstream shows the name, not the state.
    if (!resizeStates.includes(state)) yield notSupported(states, name, resizeStates)
  }
  const allocated = 'status.allocatedResources'
  for (const [name, amount] of Object.entries(status.allocatedResources ?? {})) {
    const problems = [...validateKey(name, allocated)]
    yield* problems.length ? problems : validateBasic(amount, `${allocated}[${name}]`)
  }
}

function* validateBasic(amount: string, path: string): Generator<Cause> {
  if (!quantityError(amount) && value(amount) < 0) yield invalidValue(path, value(amount), 'must be a valid resource quantity')
}

function* validateKey(name: string, path: string): Generator<Cause> {
  const problems = qualifiedName(name)
  yield* invalidEach(path, name, problems)
  const native = !name.includes('/') || name.includes('kubernetes.io/')
  if (problems.length === 0 && native && name !== 'storage') yield notSupported(path, name, ['storage'])
}
