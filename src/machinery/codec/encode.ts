import { Writer } from 'protobufjs/minimal.js'
import { isRecord } from '#machinery/clone.ts'
import { isExact } from '#machinery/exact.ts'
import type { Field, Message, Scalar } from './message.ts'

type Source = Readonly<Record<string, unknown>>

/** A JSON value as the protobuf message that says the same. What the message has no field for is left out. */
export function encodeMessage(value: Source, message: Message): Uint8Array {
  const writer = Writer.create()
  writeFields(writer, value, message)
  return writer.finish()
}

/** Puts a message into Kubernetes' envelope (runtime.Unknown), which names its type. */
export function sealEnvelope(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  raw: Uint8Array,
): Uint8Array {
  const writer = writeType(Writer.create(), apiVersion, kind).uint32(tag(2, 2)).bytes(raw)
  return Buffer.concat([magic, writeEnd(writer).finish()])
}

const writeType = (writer: Writer, apiVersion: string, kind: string): Writer =>
  writer.uint32(tag(1, 2)).fork().uint32(tag(1, 2)).string(apiVersion).uint32(tag(2, 2)).string(kind).ldelim()

/** Upstream writes the two empty fields too: contentEncoding and contentType. */
const writeEnd = (writer: Writer): Writer => writer.uint32(tag(3, 2)).string('').uint32(tag(4, 2)).string('')

/** A message that is encoded already, as an item of a list. */
export const encodeItem = (message: Uint8Array): Uint8Array => Writer.create().uint32(tag(2, 2)).bytes(message).finish()

/** The parts of a list in its envelope: its metadata in field 1, every item (see encodeItem) in field 2. */
export function sealList(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  metadata: Uint8Array,
  items: readonly Uint8Array[],
): readonly Uint8Array[] {
  const first = Writer.create().uint32(tag(1, 2)).bytes(metadata).finish()
  const length = items.reduce((sum, item) => sum + item.length, first.length)
  const head = writeType(Writer.create(), apiVersion, kind).uint32(tag(2, 2)).uint32(length).finish()
  return [magic, head, first, ...items, writeEnd(Writer.create()).finish()]
}

/** One event of a protobuf watch: its length in four bytes, then metav1.WatchEvent with the sealed object inside. */
export function watchFrame(type: string, sealed: Uint8Array): Uint8Array {
  const event = Writer.create()
    .uint32(tag(1, 2))
    .string(type)
    .uint32(tag(2, 2))
    .fork()
    .uint32(tag(1, 2))
    .bytes(sealed)
    .ldelim()
    .finish()
  const length = Buffer.alloc(4)
  length.writeUInt32BE(event.length)
  return Buffer.concat([length, event])
}

const magic = Buffer.from('k8s\0')
const tag = (number: number, wireType: 0 | 1 | 2): number => (number << 3) | wireType

function writeFields(writer: Writer, value: Source, { fields }: Message): void {
  for (const [number, field] of fields) {
    if (field.name === undefined) {
      // The members of an inlined struct stand in the value itself.
      if (typeof field.type === 'function') writeMessage(writer, number, value, field.type())
    } else if (Object.hasOwn(value, field.name)) writeField(writer, number, value[field.name], field)
  }
}

function writeField(writer: Writer, number: number, value: unknown, { holds, type }: Field): void {
  if (value === null || value === undefined) return
  if (holds === 'list' && Array.isArray(value)) for (const item of value) writeValue(writer, number, item, type)
  else if (holds === 'map' && isRecord(value)) {
    for (const key of Object.keys(value).sort()) {
      writer.uint32(tag(number, 2)).fork().uint32(tag(1, 2)).string(key)
      writeValue(writer, 2, value[key], type)
      writer.ldelim()
    }
  } else if (holds === 'one') writeValue(writer, number, value, type)
}

function writeValue(writer: Writer, number: number, value: unknown, type: Field['type']): void {
  if (typeof type === 'function') {
    if (isRecord(value)) writeMessage(writer, number, value, type())
    return
  }
  write[type](writer, number, value)
}

function writeMessage(writer: Writer, number: number, value: Source, message: Message): void {
  writer.uint32(tag(number, 2)).fork()
  writeFields(writer, value, message)
  writer.ldelim()
}

/** The digits that JSON shows: they say an integer, where a double beyond 2^53 is only near it. */
const integer = (value: unknown): number | string =>
  isExact(value) ? value.rawJSON : Number.isSafeInteger(value) ? (value as number) : String(value)

const write: Readonly<Record<Scalar, (writer: Writer, number: number, value: unknown) => void>> = {
  string: (writer, number, value) => void writer.uint32(tag(number, 2)).string(String(value)),
  boolean: (writer, number, value) => void writer.uint32(tag(number, 0)).bool(value === true),
  int32: (writer, number, value) => void writer.uint32(tag(number, 0)).int32(Number(value)),
  int64: (writer, number, value) => void writer.uint32(tag(number, 0)).int64(integer(value)),
  double: (writer, number, value) => void writer.uint32(tag(number, 1)).double(Number(value)),
  bytes: (writer, number, value) => void writer.uint32(tag(number, 2)).bytes(Buffer.from(String(value), 'base64')),
  time: writeTime,
  microTime: writeTime,
  quantity: (writer, number, value) => void writer.uint32(tag(number, 2)).fork().uint32(tag(1, 2)).string(String(value)).ldelim(),
  json: (writer, number, value) =>
    void writer
      .uint32(tag(number, 2))
      .fork()
      .uint32(tag(1, 2))
      .bytes(Buffer.from(JSON.stringify(value)))
      .ldelim(),
  strings(writer, number, value) {
    writer.uint32(tag(number, 2)).fork()
    if (Array.isArray(value)) for (const item of value) writer.uint32(tag(1, 2)).string(String(item))
    writer.ldelim()
  },
  intOrString(writer, number, value) {
    writer.uint32(tag(number, 2)).fork()
    if (typeof value === 'string') writer.uint32(tag(1, 0)).int64(1).uint32(tag(2, 0)).int32(0).uint32(tag(3, 2)).string(value)
    else writer.uint32(tag(1, 0)).int64(0).uint32(tag(2, 0)).int32(Number(value)).uint32(tag(3, 2)).string('')
    writer.ldelim()
  },
}

/** Whole seconds in field 1, the rest as nanoseconds in field 2. */
function writeTime(writer: Writer, number: number, value: unknown): void {
  const text = String(value)
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) return
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? ''
  writer.uint32(tag(number, 2)).fork()
  writer
    .uint32(tag(1, 0))
    .int64(Math.floor(milliseconds / 1000))
    .uint32(tag(2, 0))
    .int32(Number(fraction.padEnd(9, '0')))
  writer.ldelim()
}
