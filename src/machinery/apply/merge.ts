import { put } from '#machinery/clone.ts'
import type { Schema } from '#machinery/schema.ts'
import { itemElement } from './element.ts'
import { formOf, type Members, memberSchema, own } from './form.ts'

/**
 * An object with an applied configuration laid over it. Nothing is removed; where both have a value, the configuration's counts.
 * The result shares parts with both. Throws Unmergeable.
 */
export const merge = (live: Members, config: Members, schema: Schema | undefined): Members =>
  merged(live, config, schema) as Members

function merged(live: unknown, config: unknown, schema: Schema | undefined): unknown {
  if (live === undefined || live === config) return config
  if (config === undefined) return live
  const form = formOf(config ?? live, schema)
  if (form === 'leaf' || formOf(live ?? config, schema) !== form || (isBare(live) && isBare(config))) return config
  if (form === 'map') return mergedMembers((live ?? {}) as Members, (config ?? {}) as Members, schema)
  return mergedItems((live ?? []) as unknown[], (config ?? []) as unknown[], schema!)
}

const isBare = (value: unknown): boolean => value === null || (typeof value === 'object' && Object.keys(value).length === 0)

function mergedMembers(live: Members, config: Members, schema: Schema | undefined): Members {
  const out: Record<string, unknown> = {}
  for (const name in live) put(out, name, merged(live[name], own(config, name), memberSchema(schema, name)))
  for (const name in config) if (own(live, name) === undefined) put(out, name, config[name])
  return out
}

/**
 * Items of the configuration come in its order; those that only the live object has stay where they are among the ones around
 * them (upstream: structured-merge-diff/typed/merge.go).
 */
function mergedItems(live: readonly unknown[], config: readonly unknown[], schema: Schema): unknown[] {
  const liveElements = live.map(item => itemElement(item, schema))
  const liveItems = unique(liveElements, live)
  const configElements = config.map(item => itemElement(item, schema))
  const configItems = new Map(configElements.map((element, at) => [element, config[at]]))
  const shared = configElements.filter(element => liveItems.has(element))
  const done = new Set<string>()
  const out: unknown[] = []
  const take = (element: string): void => {
    done.add(element)
    out.push(merged(liveItems.get(element), configItems.get(element), schema.items))
    if (shared[0] === element) shared.shift()
  }
  for (let l = 0, c = 0; l < live.length || c < config.length; ) {
    const element = liveElements[l]
    if (element !== undefined && !configItems.has(element)) out.push(live[l++])
    else if (element !== undefined && (done.has(element) || (c < config.length && element !== shared[0]))) l++
    else {
      take(configElements[c]!)
      c++
    }
  }
  return out
}

/** Items by their step; those that have doubles are not merged with anything. */
function unique(elements: readonly string[], items: readonly unknown[]): Map<string, unknown> {
  const found = new Map<string, unknown>()
  elements.forEach((element, at) => {
    found.set(element, found.has(element) ? null : items[at])
  })
  return found
}
