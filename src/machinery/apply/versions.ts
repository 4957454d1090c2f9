import type { ManagedFieldsEntry } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import type { Schema } from '#machinery/schema.ts'
import { compare } from './compare.ts'
import { difference, type FieldSet, setOfPaths, union } from './field-set.ts'
import type { Members } from './form.ts'

/** The versions of a kind: managers own fields as they are called in the version they wrote in. */
export interface Versions {
  /** The shape of objects of an apiVersion; undefined: none is known, the values decide. */
  schema(apiVersion: string): Schema | undefined
  /** An object as it is in another version. Undefined: there is no such version (any more). */
  convert(object: Members, apiVersion: string): Members | undefined
}

/** A kind that has one version. */
export const oneVersion = (apiVersion: string, schema: Schema | undefined): Versions => ({
  schema: () => schema,
  convert: (object, version) => (version === apiVersion ? object : undefined),
})

/** Who writes, and through which door. */
export interface Writer {
  readonly manager: string
  readonly apiVersion: string
  /** Empty for the main door. */
  readonly subresource: string
  readonly time: string
  /** Of a set, the fields that this door really writes. */
  writes(set: FieldSet): FieldSet
}

/** What a write does to fields: they change (or are new), or they go. */
export interface Change {
  readonly changed: FieldSet
  readonly removed: FieldSet
}

/** A write as each version sees it, made when it is first asked for. Undefined for versions that do not exist. Throws Unmergeable. */
export function changes(
  before: Members,
  after: Members,
  writer: Writer,
  versions: Versions,
): (apiVersion: string) => Change | undefined {
  const known = new Map<string, Change | undefined>()
  return apiVersion => {
    if (known.has(apiVersion)) return known.get(apiVersion)
    const was = versions.convert(before, apiVersion)
    const is = versions.convert(after, apiVersion)
    const change = was && is && changeOf(was, is, versions.schema(apiVersion), writer)
    known.set(apiVersion, change)
    return change
  }
}

function changeOf(before: Members, after: Members, schema: Schema | undefined, { writes }: Writer): Change {
  const { added, modified, removed } = compare(before, after, schema)
  return { changed: writes(union(modified, added)), removed: writes(removed) }
}

const ownerless = setOfPaths([
  'apiVersion',
  'kind',
  'metadata',
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map(name => `metadata.${name}`),
])

/** A set without what belongs to nobody: an object's type and what the server alone says of it (upstream: stripmeta.go). */
export const ownable = (set: FieldSet): FieldSet => difference(set, ownerless)

/** An object without its entries, which are no fields of it. */
export function withoutEntries(object: KubeObject): Members {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** An object with other entries. */
export function withEntries(object: Members, entries: ManagedFieldsEntry[] | undefined): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata']
  return { ...object, metadata: { ...metadata, ...(entries && { managedFields: entries }) } } as KubeObject
}
