import type { Cause } from '#api/status.ts'
import { invalidValue } from '#machinery/causes.ts'

/** A path that must not climb. */
export function* validateNoBacksteps(target: string, path: string): Generator<Cause> {
  if (target.split('/').includes('..')) yield invalidValue(path, target, "must not contain '..'")
}

/** A path below something else. */
export function* validateDescendingPath(target: string, path: string): Generator<Cause> {
  if (target.startsWith('/')) yield invalidValue(path, target, 'must be a relative path')
  yield* validateNoBacksteps(target, path)
}

/** A path below a volume's root, which keeps names that begin with two dots for itself. */
export function* validateReservedPath(target: string, path: string): Generator<Cause> {
  yield* validateDescendingPath(target, path)
  if (target.startsWith('..') && !target.startsWith('../')) yield invalidValue(path, target, "must not start with '..'")
}
