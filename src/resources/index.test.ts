import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { apiVersion } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Resource } from '#apiserver/resource.ts'
import { clone } from '#machinery/clone.ts'
import { somebody } from './as-stored.ts'
import { resources } from './index.ts'

interface Fact {
  fields?: { name?: string; type?: string; inline?: string }[]
  is?: string
}

const now = new Date('2026-01-01T00:00:00Z')
const folder = new URL('../../openapi/facts/', import.meta.url)
const types = new Map<string, Fact>()
for (const file of readdirSync(folder)) {
  const facts = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
    group: string
    version: string
    types: Record<string, Fact>
  }
  for (const [name, fact] of Object.entries(facts.types)) types.set(`${file.replace('.json', '')}.${name}`, fact)
}

const numbers = new Set(['int32', 'int64', 'double', 'float'])

/** A value of a type in which every field is there (with `bare` only those that hold others), and every list has one item; texts say nothing. */
function filled(type: string, depth: number, bare: boolean): unknown {
  if (type.startsWith('[]')) return depth > 0 ? [filled(type.slice(2), depth - 1, bare)] : []
  if (type.startsWith('{}')) return depth > 0 ? { key: filled(type.slice(2), depth - 1, bare) } : {}
  if (type === 'string' || type === 'bytes') return ''
  if (type === 'boolean') return true
  if (type === 'quantity') return '1'
  if (type === 'time' || type === 'microTime') return '2025-12-31T23:00:00Z'
  if (type === 'intOrString') return 0
  if (numbers.has(type)) return 0
  const fact = types.get(type)
  if (!fact) return {}
  if (fact.is) return filled(fact.is, depth, bare)
  const value: Record<string, unknown> = {}
  if (depth <= 0) return value
  for (const field of fact.fields ?? []) {
    if (field.inline) Object.assign(value, filled(field.inline, depth, bare))
    else if (field.name && field.type) {
      const member = filled(field.type, depth - 1, bare)
      if (!bare || typeof member === 'object') value[field.name] = member
    }
  }
  return value
}

/** Objects of a kind that no client should send, from one that says nothing to one that says everything without saying it. */
function strange({ kind }: Resource): KubeObject[] {
  const base = { apiVersion: apiVersion(kind), kind: kind.kind, metadata: { name: 'x', namespace: 'default', uid: 'u' } }
  const model = `${kind.group.split('.')[0] || 'core'}.${kind.version}.${kind.kind}`
  const depths = [1, 2, 3, 4, 5, 6, 8, 12]
  assert.ok(types.has(model), model)
  const shapes = [true, false].flatMap(bare => depths.map(depth => filled(model, depth, bare) as object))
  return [base, ...shapes.map(shape => ({ ...shape, ...base }))]
}

describe('the built-in kinds', () => {
  for (const resource of resources) {
    const { kind } = resource
    describe(`${kind.plural} of ${apiVersion(kind)}`, () => {
      it('survive an object of any shape, and show it', () => {
        for (const object of strange(resource)) {
          resource.default?.(object, undefined)
          const before = clone(object)
          resource.prepare?.(object, undefined, somebody)
          assert.ok([...(resource.validate?.(object, undefined) ?? [])].every(cause => cause.field && cause.message))
          const after = clone(object)
          resource.default?.(after, before)
          resource.prepare?.(after, before, somebody)
          assert.ok([...(resource.warn?.(after, undefined) ?? []), ...(resource.warn?.(after, before) ?? [])].every(Boolean))
          const said = [...(resource.validate?.(after, before) ?? []), ...(resource.validateStatus?.(after, before) ?? [])]
          assert.ok(said.every(cause => cause.field && cause.message))
          for (const door of Object.values(resource.subresources ?? {}))
            assert.ok([...(door.validate?.(after, before) ?? [])].every(cause => cause.field && cause.message))
          for (const column of resource.columns ?? []) assert.doesNotThrow(() => column.value(object, now), column.name)
          for (const [name, field] of Object.entries(resource.fields ?? {})) assert.equal(typeof field(object), 'string', name)
        }
      })

      const { conversion } = resource
      if (conversion)
        it('come back from the stored version as they went', () => {
          for (const object of strange(resource)) {
            resource.default?.(object, undefined)
            const shown = conversion.from(conversion.to(object))
            assert.deepEqual(conversion.from(conversion.to(shown)), shown)
          }
        })

      it('default an object once: doing it again changes nothing', () => {
        for (const object of strange(resource)) {
          resource.default?.(object, undefined)
          const once = clone(object)
          resource.default?.(object, undefined)
          assert.deepEqual(object, once)
        }
      })
    })
  }

  it('each have names of their own', () => {
    const names = resources.map(({ kind }) => `${kind.plural}.${apiVersion(kind)}`)
    const stored = resources.filter(({ conversion }) => !conversion)
    const short = stored.flatMap(resource => resource.shortNames ?? [])
    const places = stored.map(({ kind, storagePath }) => storagePath ?? kind.plural)
    for (const list of [names, short, places]) assert.equal(new Set(list).size, list.length)
  })
})
