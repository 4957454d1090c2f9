import type { DownwardAPIVolumeFile, KeyToPath } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { requiredEach } from '#resources/checks.ts'
import { fileFields, validateFieldRef, validateResourceFieldRef } from '#resources/core/pod-spec/env.ts'
import { validateReservedPath } from '#resources/core/pod-spec/paths.ts'

/** Checks the permissions of files that a volume makes. */
export function* validateMode(mode: number | undefined, path: string): Generator<Cause> {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) {
    yield invalidValue(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')
  }
}

/** Checks the file that a key of a ConfigMap or Secret becomes. */
export function* validateKeyToPath(item: KeyToPath, path: string): Generator<Cause> {
  yield* requiredEach(item, path, ['key', 'path'])
  yield* validateReservedPath(item.path ?? '', `${path}.path`)
  yield* validateMode(item.mode, `${path}.mode`)
}

/** Checks the file that a field of the pod, or a resource of a container, becomes. */
export function* validateDownwardFile(file: DownwardAPIVolumeFile, path: string): Generator<Cause> {
  yield* requiredEach(file, path, ['path'])
  yield* validateReservedPath(file.path ?? '', `${path}.path`)
  if (file.fieldRef) {
    yield* validateFieldRef(file.fieldRef, fileFields, `${path}.fieldRef`)
    if (file.resourceFieldRef)
      yield invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')
  } else if (file.resourceFieldRef) yield* validateResourceFieldRef(file.resourceFieldRef, `${path}.resourceFieldRef`, true)
  else yield required(path, 'one of fieldRef and resourceFieldRef is required')
  yield* validateMode(file.mode, `${path}.mode`)
}
