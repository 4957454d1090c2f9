import type { Schema } from '#machinery/schema.ts'

const text: Schema = { type: 'string' }
const number: Schema = { type: 'integer' }
const struct = (properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
})
const map = (additionalProperties: Schema, more: Schema = {}): Schema => ({ type: 'object', additionalProperties, ...more })
const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more })

const item = struct({ name: text, value: number, tags: list(text, { listType: 'set' }), inner: struct({ x: number, y: number }) })

/** A shape with every kind of list and map. */
export const shape: Schema = struct({
  apiVersion: text,
  kind: text,
  name: text,
  count: number,
  set: list(text, { listType: 'set' }),
  items: list(item, { listType: 'map', listMapKeys: ['name'] }),
  ports: list(struct({ port: number, protocol: { ...text, default: 'TCP' }, name: text }), {
    listType: 'map',
    listMapKeys: ['port', 'protocol'],
  }),
  whole: list(number),
  labels: map(text),
  one: map(text, { mapType: 'atomic' }),
  struct: struct({ a: number, b: struct({ c: number }) }),
  atom: struct({ a: number }, { mapType: 'atomic' }),
  any: { preserveUnknown: true },
})
