import type { CustomResourceDefinitionNames } from '#api/apiextensions/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue } from '#machinery/causes.ts'
import { dns1035Label } from '#machinery/names.ts'
import { each } from '#resources/checks.ts'

/** Checks the names that a kind goes by, as far as they are there. */
export function* validateNames(names: Partial<CustomResourceDefinitionNames>, path: string): Generator<Cause> {
  const { kind, listKind } = names
  yield* label(names.plural, `${path}.plural`)
  yield* label(names.singular, `${path}.singular`)
  yield* mixed(kind, `${path}.kind`)
  yield* mixed(listKind, `${path}.listKind`)
  yield* each(names.shortNames, `${path}.shortNames`, word)
  if (kind && kind === listKind) yield invalidValue(`${path}.listKind`, listKind, 'kind and listKind may not be the same')
  yield* each(names.categories, `${path}.categories`, word)
}

function* label(name: string | undefined, path: string): Generator<Cause> {
  if (name) yield* word(name, path)
}

function* word(name: string, path: string): Generator<Cause> {
  const problems = dns1035Label(name)
  if (problems.length > 0) yield invalidValue(path, name, problems.join(','))
}

function* mixed(name: string | undefined, path: string): Generator<Cause> {
  const problems = name ? dns1035Label(name.toLowerCase()) : []
  if (problems.length > 0)
    yield invalidValue(path, name, `may have mixed case, but should otherwise match: ${problems.join(',')}`)
}
