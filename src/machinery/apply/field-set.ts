import { byElement } from './element.ts'

/**
 * A set of fields, in the very form in which metadata.managedFields carries it (`fieldsV1`), so that nothing is translated when one
 * is read or written. What is made of sets in upstream's order is in that order. Members are steps of a path (see element.ts); a field belongs to the set if nothing is below it or `.` is.
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
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a
  if (isEmpty(a)) return b
  let out: Growing | undefined
  let more = false
  for (const element in b) {
    const at = a[element]
    const found = at ? unionAt(at, b[element]!) : b[element]!
    if (found === at) continue
    ;(out ??= { ...a })[element] = found
    more ||= !at
  }
  return out ? (more ? inOrder(out) : out) : a
}

function unionAt(a: FieldSet, b: FieldSet): FieldSet {
  if (isMember(a) === isMember(b)) return union(a, b)
  return joined(true, union(bare(a), bare(b)))!
}

/** The fields of both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const out: Growing = {}
  for (const element in b) {
    const at = a[element]
    const other = b[element]!
    const found = at && element !== '.' && joined(isMember(at) && isMember(other), intersection(at, other))
    if (found) out[element] = found
  }
  return out
}

/** The fields of the first that are not in the second. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let left: Map<string, FieldSet | undefined> | undefined
  for (const element in b) {
    const at = a[element]
    if (!at || element === '.') continue
    const found = differenceAt(at, b[element]!)
    if (found !== at) (left ??= new Map()).set(element, found)
  }
  return left ? replaced(a, left) : a
}

/** A set with something else, or nothing, at some of its steps. Made anew: an object that members are deleted from is slow for ever. */
function replaced(set: FieldSet, by: ReadonlyMap<string, FieldSet | undefined>): FieldSet {
  const out: Growing = {}
  for (const element in set) {
    const at = by.has(element) ? by.get(element) : set[element]
    if (at) out[element] = at
  }
  return out
}

function differenceAt(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const left = difference(a, b)
  if (!isMember(a)) return isEmpty(left) ? undefined : left
  return left === a && !isMember(b) ? a : joined(!isMember(b), bare(left))
}

/** The fields of the first that are neither in the second nor below a field of it. */
export function without(a: FieldSet, b: FieldSet): FieldSet {
  let left: Map<string, FieldSet | undefined> | undefined
  for (const element in b) {
    const at = a[element]
    if (!at) continue
    const other = b[element]!
    const found = isMember(other) ? undefined : joined(isMember(at), without(bare(at), other))
    if (found !== at) (left ??= new Map()).set(element, found)
  }
  return left ? replaced(a, left) : a
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
  let before: string | undefined
  let out: Growing | undefined
  let isInOrder = true
  for (const element in set) {
    isInOrder &&= before === undefined || byElement(before, element) < 0
    before = element
    const at = set[element]!
    const found = sorted(at)
    if (found !== at) (out ??= { ...set })[element] = found
  }
  const all = out ?? set
  return isInOrder ? all : inOrder(all)
}

const inOrder = (set: FieldSet): FieldSet => Object.fromEntries(Object.entries(set).sort(([a], [b]) => byElement(a, b)))
