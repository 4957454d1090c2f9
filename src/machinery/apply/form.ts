import { isRecord } from '#machinery/clone.ts'
import type { Schema } from '#machinery/schema.ts'

/*
 * What a schema says about merging, as upstream reads it (kube-openapi/pkg/schemaconv). Where there is no schema, the value decides:
 * members of maps are fields of their own, lists are one value.
 */

/** What a map or a struct holds. */
export type Members = Readonly<Record<string, unknown>>

/** How a value takes part in merging: as one value, by its members, or by its items. */
export type Form = 'leaf' | 'map' | 'list'

/** The form of a value that is there. */
export function formOf(value: unknown, schema: Schema | undefined): Form {
  if (Array.isArray(value)) return schema && isAssociative(schema) ? 'list' : 'leaf'
  return isRecord(value) && schema?.mapType !== 'atomic' ? 'map' : 'leaf'
}

/** Whether the items of a list are told apart: by their keys, or, in a set, by what they are. */
export function isAssociative({ listType, patchStrategy }: Schema): boolean {
  if (listType) return listType !== 'atomic'
  return patchStrategy?.includes('merge') === true
}

/** Whether whatever has the schema is one value, though it has members or items. */
export const isAtomic = (schema: Schema): boolean =>
  schema.mapType === 'atomic' || ((schema.type === 'array' || schema.items !== undefined) && !isAssociative(schema))

/** The members that tell items of a list apart, in the order of their names; undefined for a set. */
export function keysOf({ listType, listMapKeys, patchMergeKey }: Schema): readonly string[] | undefined {
  if (!listType) return patchMergeKey ? [patchMergeKey] : undefined
  if (listType === 'set' || !listMapKeys) return undefined
  return inOrder(listMapKeys) ? listMapKeys : listMapKeys.toSorted()
}

const inOrder = (names: readonly string[]): boolean => names.every((name, at) => at === 0 || names[at - 1]! < name)

/** The schema of a member, if anything is known of it. */
export const memberSchema = (schema: Schema | undefined, name: string): Schema | undefined =>
  schema?.properties?.[name] ?? schema?.additionalProperties

/** Whether a schema names a member: fields of structs have no life of their own, keys of maps do. */
export const isDeclared = (schema: Schema | undefined, name: string): boolean => schema?.properties?.[name] !== undefined

/** A member that an object itself has. */
export const own = (object: Members, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined)
