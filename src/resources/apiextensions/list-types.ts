import type { JSONSchemaProps } from '#api/apiextensions/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { asSchema } from './schemas.ts'

/** Checks how maps of a schema are merged. */
export function* validateMapType(schema: JSONSchemaProps, path: string): Generator<Cause> {
  const mapType = schema['x-kubernetes-map-type']
  if (mapType === undefined) return
  yield* ofType(schema, 'object', 'x-kubernetes-map-type', path)
  if (mapType !== 'atomic' && mapType !== 'granular')
    yield notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])
}

/** Checks how lists of a schema are merged: as a whole, as sets, or by the keys of their items. */
export function* validateListType(schema: JSONSchemaProps, path: string): Generator<Cause> {
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const items = asSchema(schema.items)
  if (listType !== undefined && schema.type !== 'array') yield* ofType(schema, 'array', 'x-kubernetes-list-type', path)
  else if (listType === 'set' && items) yield* validateSetItems(items, `${path}.items`)
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    yield notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map'])
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty'
    const at = `${path}.x-kubernetes-list-type`
    yield listType === undefined ? required(at, detail) : invalidValue(at, listType, detail)
  }
  if (listType === 'map') yield* validateMapItems(schema, keys, items, path)
  if ((listType === 'set' || listType === 'map') && items?.nullable)
    yield forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`)
  if (listType === 'map' && items) yield* validateKeys(keys, items, `${path}.items.properties`)
}

function* ofType({ type }: JSONSchemaProps, wanted: string, because: string, path: string): Generator<Cause> {
  const detail = `must be ${wanted} if ${because} is specified`
  if (!type) yield required(`${path}.type`, detail)
  else if (type !== wanted) yield invalidValue(`${path}.type`, type, detail)
}

/** What is in a set is compared as a whole. */
function* validateSetItems(items: JSONSchemaProps, path: string): Generator<Cause> {
  const listType = items['x-kubernetes-list-type']
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    yield invalidValue(`${path}.x-kubernetes-list-type`, listType, detail)
  // Upstream shows the type of a list here too.
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    yield invalidValue(`${path}.x-kubernetes-map-type`, listType ?? null, detail)
}

function* validateMapItems(
  schema: JSONSchemaProps,
  keys: readonly string[],
  items: JSONSchemaProps | undefined,
  path: string,
): Generator<Cause> {
  const at = `${path}.x-kubernetes-list-map-keys`
  if (keys.length === 0) yield required(at, 'must not be empty if x-kubernetes-list-type is map')
  if (schema.items === undefined) yield required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')
  else if (!items)
    yield invalidValue(`${path}.items`, schema.items, 'must only have a single schema if x-kubernetes-list-type is map')
  else if (items.type !== 'object')
    yield invalidValue(`${path}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map")
  else
    for (const [index, key] of keys.entries()) {
      const type = propertyOf(items, key)?.type
      if (!propertyOf(items, key)) yield invalidValue(at, keys, 'entries must all be names of item properties')
      else if (type === 'array' || type === 'object')
        yield invalidValue(
          `${path}.items.properties[${key}].type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        )
      if (keys.indexOf(key) < index) yield invalidValue(at, keys, 'must not contain duplicate entries')
    }
}

/** Every item has every key. */
function* validateKeys(keys: readonly string[], items: JSONSchemaProps, path: string): Generator<Cause> {
  for (const key of keys) {
    const property = propertyOf(items, key)
    if (!property) continue
    if (!items.required?.includes(key) && property.default === undefined)
      yield required(
        `${path}[${key}].default`,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      )
    if (property.nullable)
      yield forbidden(`${path}[${key}].nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable')
  }
}

const propertyOf = ({ properties = {} }: JSONSchemaProps, name: string): JSONSchemaProps | undefined =>
  Object.hasOwn(properties, name) ? properties[name] : undefined
