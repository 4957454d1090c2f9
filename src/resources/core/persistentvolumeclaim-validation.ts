import type { PersistentVolumeClaimSpec, TypedLocalObjectReference } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { validateSelector } from '#machinery/labels.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { canonical, compare, quantityError } from '#machinery/quantity.ts'
import { namedIfSet, oneOfIfSet } from '#resources/checks.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** Checks what a claim asks for, wherever one is written. */
export function* validateClaimSpec(spec: PersistentVolumeClaimSpec = {}, path = 'spec'): Generator<Cause> {
  if (!spec.accessModes?.length) yield required(`${path}.accessModes`, 'at least 1 access mode is required')
  if (spec.selector) yield* validateSelector(spec.selector, `${path}.selector`)
  yield* validateAccessModes(spec.accessModes, `${path}.accessModes`)
  const storage = spec.resources?.requests?.storage
  if (storage === undefined) yield required(`${path}.resources[storage]`)
  else yield* validateAmount(storage, `${path}.resources[storage]`)
  yield* namedIfSet(spec.storageClassName, `${path}.storageClassName`, dns1123Subdomain)
  yield* oneOfIfSet(spec.volumeMode, `${path}.volumeMode`, ['Block', 'Filesystem'])
  yield* validateDataSources(spec, path)
  yield* namedIfSet(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`, dns1123Subdomain)
}

/** What a volume begins with is said by two fields: the older knows no other namespaces. */
function* validateDataSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string): Generator<Cause> {
  if (dataSource) yield* validateDataSource(dataSource, `${path}.dataSource`)
  if (dataSourceRef) {
    yield* validateDataSource(dataSourceRef, `${path}.dataSourceRef`)
    yield* namedIfSet(dataSourceRef.namespace, `${path}.dataSourceRef.namespace`, dns1123Label)
  }
  if (!dataSource || !dataSourceRef) return
  const same = (['apiGroup', 'kind', 'name'] as const).every(field => dataSource[field] === dataSourceRef[field])
  // Upstream shows a path of its own here, of which nothing can be seen.
  if (dataSourceRef.namespace) yield invalidValue(path, {}, 'may not be specified when dataSourceRef.namespace is specified')
  else if (!same) yield invalidValue(path, {}, 'must match dataSourceRef')
}

function* validateDataSource({ apiGroup, kind, name }: TypedLocalObjectReference, path: string): Generator<Cause> {
  if (!name) yield required(`${path}.name`)
  if (!kind) yield required(`${path}.kind`)
  if (!apiGroup && kind !== 'PersistentVolumeClaim')
    yield invalidValue(path, kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup")
  yield* namedIfSet(apiGroup, `${path}.apiGroup`, dns1123Subdomain)
}

/** Checks how a volume may be mounted. */
export function* validateAccessModes(modes: readonly string[] = [], path: string): Generator<Cause> {
  for (const mode of modes) if (!accessModes.includes(mode)) yield notSupported(path, mode, accessModes)
  const exclusive = modes.includes('ReadWriteOncePod')
  const others = modes.some(mode => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))
  if (exclusive && others) yield forbidden(path, 'may not use ReadWriteOncePod with other access modes')
}

/** Checks an amount of storage. */
export function* validateAmount(amount: string, path: string): Generator<Cause> {
  const problem = quantityError(amount)
  if (problem) yield invalidValue(path, amount, problem)
  else if (compare(amount, '0') <= 0) yield invalidValue(path, canonical(amount), 'must be greater than zero')
}

const shortModes = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }

/** Access modes as columns show them. */
export const accessModesText = (modes: readonly string[] = []): string =>
  Object.entries(shortModes)
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',')
