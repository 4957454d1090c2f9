import { type Cause, StatusError } from '#api/status.ts'
import { quote } from '#machinery/causes.ts'
import type { Conflict } from './apply.ts'
import { byElement, shown } from './element.ts'
import { type FieldSet, isMember } from './field-set.ts'
import type { Manager } from './managers.ts'

/** The refusal of an apply that would take fields from others, each named by its manager, in upstream's words. */
export function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const all = conflicts.flatMap(({ manager, fields }) => [...paths(fields, '')].map(path => ({ by: named(manager), path })))
  const causes = all.map(
    ({ by, path }): Cause => ({ reason: 'FieldManagerConflict', message: `conflict with ${by}`, field: path }),
  )
  return new StatusError('Conflict', `Apply failed with ${sentence(conflicts, all)}`, { causes })
}

function sentence(conflicts: readonly Conflict[], all: readonly { readonly by: string; readonly path: string }[]): string {
  if (all.length === 1) return `1 conflict: conflict with ${all[0]!.by}: ${all[0]!.path}`
  const lines = conflicts.flatMap(({ manager, fields }) => [
    `conflicts with ${named(manager)}:`,
    ...[...paths(fields, '')].map(path => `- ${path}`),
  ])
  return `${all.length} conflicts: ${lines.join('\n')}`
}

function named({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `${quote(manager)}${subresource ? ` with subresource ${quote(subresource)}` : ''}`
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}

/** The paths of a set's fields: `.spec.containers[name="main"].image`. */
export function* paths(set: FieldSet, before: string): Generator<string> {
  const elements = Object.keys(set)
    .filter(element => element !== '.')
    .sort(byElement)
  for (const element of elements) if (isMember(set[element]!)) yield before + shown(element)
  for (const element of elements) yield* paths(set[element]!, before + shown(element))
}
