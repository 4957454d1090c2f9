import { Reader } from 'protobufjs/minimal.js'
import { put } from '#machinery/clone.ts'
import { exactly } from '#machinery/exact.ts'
import { DecodeError, decode as decodeJson } from '#machinery/json.ts'
import type { Field, Message, Scalar } from './message.ts'

/** What every Kubernetes protobuf body begins with. */
const magic = Buffer.from('k8s\0')
/** Deeper than any type of Kubernetes goes. */
const deepest = 100

/** A body's envelope (runtime.Unknown): which type it holds, and its bytes. */
export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  readonly raw: Uint8Array
}

/** Opens the envelope of a protobuf body. Throws DecodeError for bytes that are none. */
export function openEnvelope(bytes: Uint8Array): Envelope {
  if (!magic.equals(bytes.subarray(0, magic.length)))
    throw new DecodeError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  return guarded(() => {
    const reader = Reader.create(bytes.subarray(magic.length))
    let [apiVersion, kind] = ['', '']
    let raw: Uint8Array = new Uint8Array()
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag >>> 3 === 1) {
        const end = reader.uint32() + reader.pos
        while (reader.pos < end) {
          const inner = reader.uint32()
          if (inner >>> 3 === 1) apiVersion = reader.string()
          else if (inner >>> 3 === 2) kind = reader.string()
          else reader.skipType(inner & 7)
        }
      } else if (tag >>> 3 === 2) raw = reader.bytes()
      else reader.skipType(tag & 7)
    }
    return { apiVersion, kind, raw }
  })
}

/** The JSON value that a protobuf message says. Fields that the message does not have are skipped, as protobuf wants it. Throws DecodeError. */
export const decodeMessage = (bytes: Uint8Array, message: Message): Record<string, unknown> =>
  guarded(() => {
    const value = {}
    readInto(value, Reader.create(bytes), bytes.length, message, 0)
    return value
  })

type Target = Record<string, unknown>

function readInto(into: Target, reader: Reader, end: number, { fields }: Message, depth: number): void {
  if (depth > deepest) throw new DecodeError('proto: message is nested too deeply')
  if (end > reader.len) throw new DecodeError('unexpected EOF')
  while (reader.pos < end) {
    const tag = reader.uint32()
    const field = fields.get(tag >>> 3)
    if (!field) reader.skipType(tag & 7)
    else readField(into, reader, tag & 7, field, depth)
  }
}

function readField(into: Target, reader: Reader, wireType: number, { name, holds, type, dropsZero }: Field, depth: number): void {
  if (name === undefined) {
    if (typeof type === 'function') readInto(into, reader, reader.uint32() + reader.pos, type(), depth + 1)
    return
  }
  if (holds === 'map') {
    const [key, value] = readEntry(reader, type, depth)
    const map = (Object.hasOwn(into, name) ? into[name] : (into[name] = {})) as Target
    put(map, key, value)
  } else if (holds === 'list') {
    const list = (into[name] ??= []) as unknown[]
    // Numbers may come packed: one length, then all of them.
    if (wireType === 2 && typeof type === 'string' && packable.has(type)) {
      for (const end = reader.uint32() + reader.pos; reader.pos < end; ) list.push(readValue(reader, type, depth))
    } else list.push(readValue(reader, type, depth))
  } else {
    const value = readValue(reader, type, depth)
    if (value !== undefined && !(dropsZero && isZero(value))) into[name] = value
  }
}

const packable: ReadonlySet<Scalar> = new Set(['int32', 'int64', 'boolean', 'double'])
const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false

/** One entry of a map: key in field 1, value in field 2. */
function readEntry(reader: Reader, type: Field['type'], depth: number): [string, unknown] {
  const end = reader.uint32() + reader.pos
  let key = ''
  let value: unknown
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) key = reader.string()
    else if (tag >>> 3 === 2) value = readValue(reader, type, depth)
    else reader.skipType(tag & 7)
  }
  return [key, value ?? (typeof type === 'function' ? {} : type === 'string' || type === 'bytes' ? '' : null)]
}

function readValue(reader: Reader, type: Field['type'], depth: number): unknown {
  if (typeof type === 'function') {
    const value: Target = {}
    readInto(value, reader, reader.uint32() + reader.pos, type(), depth + 1)
    return value
  }
  switch (type) {
    case 'string':
      return reader.string()
    case 'boolean':
      return reader.bool()
    case 'int32':
      return reader.int32()
    case 'int64':
      return exactly(String(reader.int64()))
    case 'double':
      return reader.double()
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64')
    case 'time':
    case 'microTime':
      return readTime(reader, type === 'time' ? 0 : 6)
    case 'quantity':
      return firstOf(reader, inner => inner.string()) ?? '0'
    case 'json':
      return decodeJson(firstOf(reader, inner => inner.bytes()) ?? Buffer.from('null'))
    case 'strings':
      return allOf(reader, inner => inner.string())
    case 'intOrString':
      return readIntOrString(reader)
  }
}

/** Seconds in field 1, nanoseconds in field 2; an empty message is no time at all. */
function readTime(reader: Reader, digits: 0 | 6): string | undefined {
  const end = reader.uint32() + reader.pos
  if (reader.pos === end) return undefined
  let [seconds, nanos] = [0, 0]
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) seconds = Number(reader.int64())
    else if (tag >>> 3 === 2) nanos = reader.int32()
    else reader.skipType(tag & 7)
  }
  const whole = new Date(seconds * 1000)
  if (Number.isNaN(whole.getTime())) throw new DecodeError('proto: time is out of range')
  const text = whole.toISOString().slice(0, 19)
  return digits === 0 ? `${text}Z` : `${text}.${String(Math.floor(nanos / 1000)).padStart(digits, '0')}Z`
}

/** The kind in field 1 (0 number, 1 string), the number in field 2, the string in field 3. */
function readIntOrString(reader: Reader): number | string {
  const end = reader.uint32() + reader.pos
  let [kind, int, text] = [0, 0, '']
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) kind = Number(reader.int64())
    else if (tag >>> 3 === 2) int = reader.int32()
    else if (tag >>> 3 === 3) text = reader.string()
    else reader.skipType(tag & 7)
  }
  return kind === 1 ? text : int
}

function* inner<V>(reader: Reader, read: (reader: Reader) => V): Generator<V> {
  const end = reader.uint32() + reader.pos
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) yield read(reader)
    else reader.skipType(tag & 7)
  }
}

const allOf = <V>(reader: Reader, read: (reader: Reader) => V): V[] => [...inner(reader, read)]
const firstOf = <V>(reader: Reader, read: (reader: Reader) => V): V | undefined => allOf(reader, read).at(-1)

/** Whatever the reader stumbles over is the sender's fault. */
function guarded<V>(read: () => V): V {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) throw error
    throw new DecodeError(`proto: illegal wireType or unexpected EOF: ${(error as Error).message}`)
  }
}
