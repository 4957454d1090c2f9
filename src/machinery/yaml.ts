import {
  boolYaml11Tag,
  DUMP_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  dump,
  load,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  type ScalarTagDefinition,
  Schema,
  seqTag,
  strTag,
  YAMLException,
} from 'js-yaml'
import { put } from './clone.ts'
import { type Exact, exactly, isExact } from './exact.ts'
import { DecodeError, decode } from './json.ts'

const maxDepth = 100
const maxNodes = 1_000_000

/**
 * The JSON value that YAML text stands for (its first document), by the rules of Kubernetes' parser, which are those of
 * YAML 1.1 but for base 60 and dates: `yes` and `on` are true, `0644` is 420, `12:30` and `2026-01-01` are text.
 * Throws DecodeError.
 */
export function decodeYaml(bytes: Uint8Array | string): unknown {
  const text = textOf(bytes)
  const json = decodeJson(text)
  if (json !== undefined) return json
  try {
    const [document = null] = loadAll(text, { schema, maxDepth, json: true })
    return plain(document, { nodes: 0 }, 0)
  } catch (cause) {
    if (cause instanceof YAMLException) throw new DecodeError(`yaml: ${lineOf(cause)}${cause.reason}`, { cause })
    throw cause
  }
}

/** JSON is YAML, and what programs mostly send as such: read as what it is, it costs a fraction. */
function decodeJson(text: string): unknown {
  if (!text.startsWith('{')) return undefined
  try {
    return decode(text)
  } catch {
    // YAML may begin so too, and what is broken is broken YAML.
    return undefined
  }
}

/**
 * The first key that occurs twice in one map, as a sentence in upstream's words; empty if there is none. A second pass over
 * the text, for those who asked for strictness. `decoded` is what the text was just decoded to.
 */
export function duplicateYamlFields(bytes: Uint8Array | string, decoded = decodeYaml(bytes)): string[] {
  const text = textOf(bytes)
  // As in JSON: what is written as JavaScript would write it has nothing twice.
  if (JSON.stringify(decoded) === text.trimEnd()) return []
  try {
    load(text, { schema, maxDepth })
    return []
  } catch (cause) {
    if (!(cause instanceof YAMLException) || cause.reason !== 'duplicated mapping key') return []
    const [, key = ''] = /^["']?([^"':\s]*)/.exec(text.slice(cause.mark?.position ?? 0)) ?? []
    return [`yaml: unmarshal errors:\n  ${lineOf(cause)}key ${JSON.stringify(key)} already set in map`]
  }
}

/** A JSON value as YAML text, keys in order, as upstream writes it. */
export const encodeYaml = (value: unknown): string =>
  dump(value, { schema: dumpSchema, noRefs: true, lineWidth: -1, seqNoIndent: true, sortKeys: true, quoteStyle: 'double' })

const textOf = (bytes: Uint8Array | string): string => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString())

const lineOf = ({ mark }: YAMLException): string => (mark ? `line ${mark.line + 1}: ` : '')

/** JSON has objects with text for keys, where YAML has anything for keys. */
const mapTag = defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
  create: () => ({}),
  addPair(map, key, value) {
    if (key === null || (typeof key === 'object' && !isExact(key))) return 'unsupported map key'
    put(map, keyText(key), value)
    return ''
  },
  has: (map, key) => Object.hasOwn(map, keyText(key)),
  keys: map => Object.keys(map),
  get: (map, key) => map[keyText(key)],
  identify: () => false,
})

const keyText = (key: unknown): string => (isExact(key) ? key.rawJSON : String(key))

const numberTag = (name: 'int' | 'float', implicit: boolean) =>
  defineScalarTag<number | Exact>(`tag:yaml.org,2002:${name}`, {
    implicit,
    implicitFirstChars: [...'+-.0123456789'],
    resolve: source => numberOf(source) ?? NOT_RESOLVED,
    identify: () => false,
  })

/** The one-letter words are booleans too. */
const boolTag = defineScalarTag('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: [...'yYnNtTfFoO'],
  resolve: (source, isExplicit, name) =>
    /^[yY]$/.test(source) ? true : /^[nN]$/.test(source) ? false : boolYaml11Tag.resolve(source, isExplicit, name),
  identify: () => false,
})

const schema = new Schema([
  strTag,
  seqTag,
  mapTag,
  nullYaml11Tag,
  boolTag,
  numberTag('int', true),
  numberTag('float', false),
  mergeTag,
])

const dumpInt = DUMP_SCHEMA.tags.find((tag): tag is ScalarTagDefinition => tag.tagName === 'tag:yaml.org,2002:int')!

const dumpSchema = DUMP_SCHEMA.withTags({
  ...dumpInt,
  identify: value => isExact(value) || dumpInt.identify(value),
  represent: value => (isExact(value) ? value.rawJSON : dumpInt.represent(value)),
})

/** A number in any of YAML 1.1's notations but base 60. */
function numberOf(source: string): number | Exact | undefined {
  const text = source.replaceAll('_', '')
  if (/^[-+]?0[0-7]+$/.test(text)) return integer(text.replace(/0/, '0o'))
  if (/^[-+]?(?:0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|0|[1-9]\d*)$/.test(text)) return integer(text)
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return finite(Number(text))
  if (/^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/.test(source))
    throw new DecodeError(`json: unsupported value: ${unsupported(source)}`)
  return undefined
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined)

function integer(text: string): number | Exact {
  const value = BigInt(text.replace(/^[-+]/, ''))
  const signed = text.startsWith('-') ? -value : value
  return BigInt.asIntN(64, signed) === signed || BigInt.asUintN(64, signed) === signed ? exactly(String(signed)) : Number(signed)
}

const unsupported = (source: string): string => (/nan/i.test(source) ? 'NaN' : source.startsWith('-') ? '-Inf' : '+Inf')

/** What an alias repeats becomes a copy, within reason: an alias of aliases of aliases soon fills any memory. */
function plain(value: unknown, spent: { nodes: number }, depth: number): unknown {
  if (++spent.nodes > maxNodes || depth > 10 * maxDepth) throw new DecodeError('yaml: document contains excessive aliasing')
  if (typeof value !== 'object' || value === null || isExact(value)) return value
  if (Array.isArray(value)) return value.map(item => plain(item, spent, depth + 1))
  const copy = {}
  for (const [key, member] of Object.entries(value)) put(copy, key, plain(member, spent, depth + 1))
  return copy
}
