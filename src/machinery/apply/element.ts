import { quote } from '#machinery/causes.ts'
import { isRecord } from '#machinery/clone.ts'
import { DecodeError, decode } from '#machinery/json.ts'
import type { Schema } from '#machinery/schema.ts'
import { keysOf } from './form.ts'

/*
 * One step of a field's path, as fieldsV1 writes it: `f:NAME` is a member, `k:{"name":"main"}` the item of a list with these keys,
 * `v:"x"` the item of a set, `i:0` a place in a list. `.` is no step: it stands for the field whose steps these are.
 */

/** A value that cannot be merged; the message is upstream's. */
export class Unmergeable extends Error {}

/** The step to an item of a list whose items are told apart. Throws Unmergeable. */
export function itemElement(item: unknown, list: Schema): string {
  const keys = keysOf(list)
  if (!keys) return valueElement(item)
  if (item === null) throw new Unmergeable('associative list with keys may not have a null element')
  if (!isRecord(item)) throw new Unmergeable('associative list with keys may not have non-map elements')
  let text = ''
  for (const key of keys) {
    const value = Object.hasOwn(item, key) ? item[key] : list.items?.properties?.[key]?.default
    if (value !== undefined) text += `${text && ','}"${key}":${json(value)}`
  }
  if (text) return `k:{${text}}`
  const names = keys.map(quote).join(' ')
  throw new Unmergeable(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  )
}

function valueElement(item: unknown): string {
  if (item === null) throw new Unmergeable("associative list without keys has an element that's an explicit null")
  if (Array.isArray(item)) throw new Unmergeable('not supported: associative list with lists as elements')
  if (isRecord(item)) throw new Unmergeable("associative list without keys has an element that's a map type")
  return `v:${json(item)}`
}

/** JSON as Go writes it. */
const json = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A step that somebody else wrote, in the form in which we write it; undefined for a kind of step that we do not know. Throws for what is none. */
export function canonical(element: string): string | undefined {
  if (element.length < 2) throw new Unmergeable('key must be 2 characters long:')
  if (element[1] !== ':') throw new Unmergeable(`missing colon: ${element}`)
  const rest = element.slice(2)
  switch (element[0]) {
    case 'f':
      return element
    case 'v':
      return `v:${json(parsed(rest))}`
    case 'k': {
      const keys = parsed(rest)
      if (!isRecord(keys)) throw new Unmergeable(`expected an object of keys: ${element}`)
      const members = Object.keys(keys).sort()
      return `k:{${members.map(key => `${json(key)}:${json(keys[key])}`).join(',')}}`
    }
    case 'i':
      if (!/^[-+]?\d+$/.test(rest)) throw new Unmergeable(`strconv.Atoi: parsing ${quote(rest)}: invalid syntax`)
      return `i:${Number(rest)}`
    default:
      return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return decode(text)
  } catch (error) {
    throw error instanceof DecodeError ? new Unmergeable(error.message) : error
  }
}

/** A step as messages print it: `.name`, `[name="main"]`, `[="x"]`, `[0]`. */
export function shown(element: string): string {
  const rest = element.slice(2)
  if (element[0] === 'f') return `.${rest}`
  if (element[0] === 'i') return `[${rest}]`
  const value = decode(rest)
  if (element[0] === 'v') return `[=${shownValue(value)}]`
  const keys = Object.entries(value as object).map(([key, each]) => `${key}=${shownValue(each)}`)
  return `[${keys.join(',')}]`
}

const shownValue = (value: unknown): string => (typeof value === 'string' ? quote(value) : JSON.stringify(value))

const rank = '.fkvi'

/** Upstream's order of steps: names, then keys, then values (numbers by size, before text), then places. */
export function byElement(a: string, b: string): number {
  if (a[0] !== b[0]) return rank.indexOf(a[0]!) - rank.indexOf(b[0]!)
  if (a[0] === 'f' || a[0] === '.') return a < b ? -1 : a > b ? 1 : 0
  return byValue(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)))
}

function byValue(a: unknown, b: unknown): number {
  if (isRecord(a) && isRecord(b)) return byList(Object.entries(a).flat(), Object.entries(b).flat())
  const [left, right] = [typeOrder(a), typeOrder(b)]
  if (left !== right) return left - right
  if (left === 0) return (a as number) - (b as number)
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0
}

function byList(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = byValue(a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

const typeOrder = (value: unknown): number => (typeof value === 'string' ? 1 : typeof value === 'boolean' ? 2 : 0)
