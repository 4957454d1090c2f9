import { identical } from '#machinery/equality.ts'
import type { Schema } from '#machinery/schema.ts'
import { itemElement } from './element.ts'
import { everything } from './extract.ts'
import { type FieldSet, none } from './field-set.ts'
import { formOf, type Members, memberSchema, own } from './form.ts'

/** What became of an object. No field is in more than one of the sets. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** Compares an object with what it was. One pass; costs little where little changed. Throws Unmergeable. */
export function compare(before: Members, after: Members, schema: Schema | undefined): Comparison {
  const walk = new Walk()
  walk.members(before, after, schema)
  return walk
}

type Growing = { [element: string]: Growing }

class Walk implements Comparison {
  readonly added: Growing = {}
  readonly modified: Growing = {}
  readonly removed: Growing = {}
  readonly #path: string[] = []

  members(before: Members, after: Members, schema: Schema | undefined): void {
    for (const name in before) {
      const was = before[name]
      const is = own(after, name)
      if (was !== is) this.#step(`f:${name}`, was, is, memberSchema(schema, name))
    }
    for (const name in after)
      if (own(before, name) === undefined) this.#step(`f:${name}`, undefined, after[name], memberSchema(schema, name))
  }

  #step(element: string, before: unknown, after: unknown, schema: Schema | undefined): void {
    if (before === after) return
    this.#path.push(element)
    if (before === undefined) this.#note(this.added, everything(after, schema))
    else if (after === undefined) this.#note(this.removed, everything(before, schema))
    else this.#both(before, after, schema)
    this.#path.pop()
  }

  #both(before: unknown, after: unknown, schema: Schema | undefined): void {
    const form = formOf(before ?? after, schema)
    const other = formOf(after ?? before, schema)
    const [was, is] = [before ?? {}, after ?? {}] as [Members, Members]
    if (form !== other) this.#otherForm(before, after, schema)
    else if (form === 'leaf' || (Object.keys(was).length === 0 && Object.keys(is).length === 0)) {
      if (!identical(before, after)) this.#note(this.modified, none)
    } else if (form === 'map') this.members(was, is, schema)
    else this.#items((before ?? []) as unknown[], (after ?? []) as unknown[], schema!)
  }

  /** Where no schema holds them back, maps become text and text becomes maps. */
  #otherForm(before: unknown, after: unknown, schema: Schema | undefined): void {
    this.#note(this.modified, none)
    if (formOf(before, schema) === 'map') this.members(before as Members, {}, schema)
    if (formOf(after, schema) === 'map') this.members({}, after as Members, schema)
  }

  /** Items are compared with their like, wherever they are in the list. Those that have doubles are one value together. */
  #items(before: readonly unknown[], after: readonly unknown[], schema: Schema): void {
    // Most lists have not changed, and need no keys made for their items to see that.
    if (identical(before, after)) return
    const was = grouped(before, schema)
    const is = grouped(after, schema)
    for (const [element, items] of was) this.#like(element, items, is.get(element) ?? [], schema.items)
    for (const [element, items] of is) if (!was.has(element)) this.#like(element, [], items, schema.items)
  }

  #like(element: string, was: readonly unknown[], is: readonly unknown[], schema: Schema | undefined): void {
    if (was.length < 2 && is.length < 2) this.#step(element, was[0], is[0], schema)
    else this.#doubles(element, was, is, schema)
  }

  #doubles(element: string, was: readonly unknown[], is: readonly unknown[], schema: Schema | undefined): void {
    this.#path.push(element)
    if (was.length > 1 && is.length > 1) {
      if (!identical(was, is)) this.#note(this.modified, none)
    } else if (was.length > 1) {
      if (is.length > 0) this.#note(this.added, everything(is[0], schema))
      this.#note(this.removed, none)
    } else {
      if (was.length > 0) this.#note(this.removed, everything(was[0], schema))
      this.#note(this.added, none)
    }
    this.#path.pop()
  }

  /** Puts what was found into a set, where we are. */
  #note(into: Growing, found: FieldSet): void {
    let at = into
    const last = this.#path.length - 1
    for (let i = 0; i < last; i++) at = at[this.#path[i]!] ??= {}
    at[this.#path[last]!] = found as Growing
  }
}

function grouped(items: readonly unknown[], schema: Schema): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>()
  for (const item of items) {
    const element = itemElement(item, schema)
    const group = groups.get(element)
    if (group) group.push(item)
    else groups.set(element, [item])
  }
  return groups
}
