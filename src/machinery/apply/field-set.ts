import { byElement } from './element.ts'

/**
 * A set of fields, in the very form in which metadata.managedFields carries it (`fieldsV1`), so that nothing is translated when one
 * is read or written. Members are steps of a path (see element.ts); a field belongs to the set if nothing is below it or `.` is.
 * Sets are never changed, so they may share their parts.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

type Growing = Record<string, FieldSet>

/** No field; below a field: that field and nothing below it. */
export const none: FieldSet = Object.freeze({})

/** Whether a set has no fields. */
export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Whether a field itself is in the set, given what the set has at it. */
export const isMember = (at: FieldSet): boolean => '.' in at || isEmpty(at)

/** What a set has at a field: whether the field itself is in it, and what is below. Nothing, if neither. */
export function joined(member: boolean, below: FieldSet): FieldSet | undefined {
  if (isEmpty(below)) return member ? none : undefined
  return member ? { '.': none, ...below } : below
}

/** The fields of either. */
export const union = (a: FieldSet, b: FieldSet): FieldSet =>
  a === b || isEmpty(b) ? a : isEmpty(a) ? b : combined(a, b, (inA, inB) => inA || inB)

/** The fields of both. */
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combined(a, b, (inA, inB) => inA && inB)

/** The fields of the first that are not in the second. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmpty(a) || isEmpty(b) ? a : combined(a, b, (inA, inB) => inA && !inB)

/** The fields of the first that are neither in the second nor below a field of it. */
export function without(a: FieldSet, b: FieldSet): FieldSet {
  const left: Growing = {}
  for (const element in a) {
    const at = a[element]!
    const other = b[element]
    const found = !other ? at : isMember(other) ? undefined : joined(isMember(at), without(bare(at), other))
    if (found) left[element] = found
  }
  return left
}

/** The fields of a set that lie on, or below, one of the paths of a pattern; its step `*` is any. */
export function within(set: FieldSet, pattern: FieldSet): FieldSet {
  const left: Growing = {}
  for (const element in set) {
    const wanted = pattern[element] ?? pattern['*']
    if (element === '.' || !wanted) continue
    const at = set[element]!
    const found = isEmpty(wanted) ? at : joined(isMember(at), within(at, wanted))
    if (found) left[element] = found
  }
  return left
}

type Keep = (inA: boolean, inB: boolean) => boolean

/** Gives the first set itself where it stays as it is. */
function combined(a: FieldSet, b: FieldSet, keep: Keep): FieldSet {
  const out: Growing = {}
  let same = true
  for (const element in a) {
    if (element === '.') continue
    const at = a[element]!
    const other = b[element]
    const found = other ? combinedAt(at, other, keep) : keep(true, false) ? at : undefined
    if (found) out[element] = found
    same &&= found === at
  }
  if (keep(false, true))
    for (const element in b) {
      if (element === '.' || element in a) continue
      out[element] = b[element]!
      same = false
    }
  return same ? a : out
}

function combinedAt(a: FieldSet, b: FieldSet, keep: Keep): FieldSet | undefined {
  const member = keep(isMember(a), isMember(b))
  const below = combined(a, b, keep)
  return below === a && member === isMember(a) ? a : joined(member, bare(below))
}

/** What a set has below a field, without the field itself. */
export function bare(at: FieldSet): FieldSet {
  if (!('.' in at)) return at
  const { '.': _, ...below } = at
  return below
}

/** A set of dotted paths of names: `metadata.labels`. */
export function setOfPaths(paths: readonly string[]): FieldSet {
  let set: FieldSet = none
  for (const path of paths) {
    const steps = path.split('.').map(name => (name === '*' ? name : `f:${name}`))
    set = union(
      set,
      steps.reduceRight<FieldSet>((below, step) => ({ [step]: below }), none),
    )
  }
  return set
}

/** Whether a field is in a set, given its dotted path of names. */
export function has(set: FieldSet, path: string): boolean {
  let at: FieldSet | undefined = set
  for (const name of path.split('.')) at = at?.[`f:${name}`]
  return at !== undefined && isMember(at)
}

/** The set with its steps in upstream's order, all the way down; itself, if they are. */
export function sorted(set: FieldSet): FieldSet {
  const elements = Object.keys(set)
  const order = elements.length < 2 ? elements : elements.toSorted(byElement)
  let changed = elements.some((element, at) => element !== order[at])
  const out: Growing = {}
  for (const element of order) {
    out[element] = sorted(set[element]!)
    changed ||= out[element] !== set[element]
  }
  return changed ? out : set
}
