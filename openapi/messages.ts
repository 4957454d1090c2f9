import type { Field, Message, Scalar } from '#machinery/codec/message.ts'
import { type FieldFact, folderOf, type TypeFact } from './facts.ts'

/** Finds a type by its name in the facts: `core.v1.PodSpec`. */
export type FindType = (name: string) => TypeFact | undefined

const scalars: Readonly<Record<string, Scalar>> = {
  string: 'string',
  boolean: 'boolean',
  int32: 'int32',
  int64: 'int64',
  double: 'double',
  bytes: 'bytes',
  time: 'time',
  microTime: 'microTime',
  quantity: 'quantity',
  intOrString: 'intOrString',
  rawExtension: 'json',
  fields: 'json',
  any: 'json',
}

/** How protobuf carries the types of the facts. Messages are made when they are first met, and once. */
export function messages(find: FindType): (name: string) => Message | undefined {
  const known = new Map<string, Message>()
  const messageOf = (name: string): Message | undefined => {
    const before = known.get(name)
    if (before) return before
    const fact = find(name)
    if (!fact) return undefined
    if (fact.is !== undefined) return messageOf(fact.is)
    const made: Message = { fields: new Map((fact.fields ?? []).flatMap(field => numbered(field))) }
    known.set(name, made)
    return made
  }

  function numbered(fact: FieldFact): [number, Field][] {
    const { name, type, inline, number, pointer, omitEmpty } = fact
    // An inlined struct without a number of its own (TypeMeta) lies in the envelope.
    if (number === undefined) return []
    if (inline !== undefined)
      return [[number, { name: undefined, holds: 'one', type: () => messageOf(inline)!, dropsZero: false }]]
    const shape = resolve(type!)
    return shape ? [[number, { name: name!, ...shape, dropsZero: !!omitEmpty && !pointer }]] : []
  }

  /** Follows names of names (`core.v1.ResourceList` is a map of quantities) to what is really carried. */
  function resolve(type: string): Pick<Field, 'holds' | 'type'> | undefined {
    const holds = type.startsWith('[]') ? 'list' : type.startsWith('{}') ? 'map' : 'one'
    const item = holds === 'one' ? type : type.slice(2)
    if (Object.hasOwn(scalars, item)) return { holds, type: scalars[item]! }
    const fact = find(item)
    if (fact?.message) return { holds, type: 'strings' }
    if (fact?.is === undefined) return fact && { holds, type: () => messageOf(item)! }
    const meant = resolve(fact.is)
    return meant && { holds: holds === 'one' ? meant.holds : holds, type: meant.type }
  }

  return messageOf
}

/** Finds the message of what a protobuf envelope names. Kinds that belong to every group (DeleteOptions) are found in any. */
export function messagesByKind(find: FindType): (apiVersion: string, kind: string) => Message | undefined {
  const messageOf = messages(find)
  return (apiVersion, kind) => {
    const slash = apiVersion.indexOf('/')
    const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)]
    return messageOf(`${folderOf(group)}.${version}.${kind}`) ?? messageOf(`meta.v1.${kind}`)
  }
}
