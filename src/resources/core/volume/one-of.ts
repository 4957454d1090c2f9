import type { Cause } from '#api/status.ts'
import { forbidden, required } from '#machinery/causes.ts'

/** A check for each type of source that there is, in upstream's order. */
export type SourceChecks<T> = { readonly [S in keyof T]?: (source: NonNullable<T[S]>, path: string) => Iterable<Cause> }

/** Where upstream's paths are not the names of the fields: when a type is checked, and when it is one too many. */
export interface OddPaths {
  readonly checked?: Readonly<Record<string, string>>
  readonly refused?: Readonly<Record<string, string>>
}

/** Checks that a volume has one source, and that one. */
export function* validateOneSource<T extends object>(
  volume: T,
  checks: SourceChecks<T>,
  { checked = {}, refused = {} }: OddPaths,
  path: string,
): Generator<Cause> {
  let found = false
  for (const type in checks) {
    const source = volume[type as keyof T]
    if (source === undefined) continue
    if (found) yield forbidden(`${path}.${refused[type] ?? type}`, 'may not specify more than 1 volume type')
    else yield* checks[type as keyof T]!(source!, `${path}.${checked[type] ?? type}`)
    found = true
  }
  if (!found) yield required(path, 'must specify a volume type')
}
