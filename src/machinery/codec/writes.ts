import { Writer } from 'protobufjs/minimal.js'
import { isRecord } from '#machinery/clone.ts'

/**
 * Writes a JSON value as the field of a protobuf message that has this number. Out of these, messages are put together that say a
 * JSON value in a shape of their own, as those of OpenAPI documents do; for Kubernetes' objects there is encode.ts.
 */
export type Write = (writer: Writer, number: number, value: unknown) => void

const tag = (number: number, wireType: 0 | 1 | 2): number => (number << 3) | wireType

export const string: Write = (writer, number, value) => void writer.uint32(tag(number, 2)).string(String(value))
export const boolean: Write = (writer, number, value) => void writer.uint32(tag(number, 0)).bool(value === true)
export const int64: Write = (writer, number, value) => void writer.uint32(tag(number, 0)).int64(Number(value))
export const double: Write = (writer, number, value) => void writer.uint32(tag(number, 1)).double(Number(value))

/** A message with nothing in it. */
export const nothing: Write = (writer, number) => void writer.uint32(tag(number, 2)).bytes(new Uint8Array())

/** A message whose only field is the value: what wraps lists, and the alternatives of a oneof. */
export const within =
  (inner: number, write: Write): Write =>
  (writer, number, value) => {
    writer.uint32(tag(number, 2)).fork()
    write(writer, inner, value)
    writer.ldelim()
  }

/** Each item of a list; what is no list is the only item of one. */
export const list =
  (write: Write): Write =>
  (writer, number, value) => {
    for (const item of Array.isArray(value) ? value : [value]) write(writer, number, item)
  }

/** Each member of an object: its name in field 1, its value in field 2. */
export const entries =
  (write: Write): Write =>
  (writer, number, value) => {
    for (const [name, member] of Object.entries(value as object)) {
      writer.uint32(tag(number, 2)).fork()
      string(writer, 1, name)
      write(writer, 2, member)
      writer.ldelim()
    }
  }

/** Written in a way that depends on the value. */
export const choice =
  (choose: (value: Readonly<Record<string, unknown>>) => Write): Write =>
  (writer, number, value) =>
    choose(isRecord(value) ? value : {})(writer, number, value)

/** Any value at all, as text: JSON, which is YAML too, in field 2. */
export const any: Write = (writer, number, value) => within(2, string)(writer, number, JSON.stringify(value))

/** The fields of a message by the names of an object's members. */
export type Fields = Readonly<Record<string, readonly [number: number, write: Write]>>

/** An object, as a message; members named `x-…` go to `extensions`. Fields are asked for when first met: messages contain themselves. */
export function message(fields: () => Fields, extensions?: number): Write {
  let known: Fields | undefined
  return (writer, number, value) => {
    known ??= fields()
    writer.uint32(tag(number, 2)).fork()
    writeMembers(writer, value as object, known, extensions)
    writer.ldelim()
  }
}

/** The bytes of an object that is no part of another. Throws for a member that there is no field for, rather than lose it. */
export function write(value: object, fields: Fields): Uint8Array {
  const writer = Writer.create()
  writeMembers(writer, value, fields)
  return writer.finish()
}

function writeMembers(writer: Writer, value: object, fields: Fields, extensions?: number): void {
  for (const [name, member] of Object.entries(value)) {
    if (Object.hasOwn(fields, name)) fields[name]![1](writer, fields[name]![0], member)
    else if (extensions !== undefined && name.startsWith('x-')) entries(any)(writer, extensions, { [name]: member })
    else throw new Error(`there is no field for ${name}`)
  }
}
