import assert from 'node:assert/strict'
import { misfit } from './check.ts'
import { compare } from './compare.ts'
import { paths } from './conflict.ts'
import { fieldsOf } from './extract.ts'
import type { FieldSet } from './field-set.ts'
import { merge } from './merge.ts'
import { remove } from './remove.ts'
import { withNamedFields, withSchema } from './schema-sets.ts'
import { shape } from './testing-schema.ts'

const show = (set: FieldSet): string => [...paths(set, '')].sort().join(' ')

describe('the fields that an object sets', () => {
  const cases: readonly (readonly [what: string, object: Record<string, unknown>, fields: string])[] = [
    ['are leaves', { name: 'x', count: 0, struct: { a: 1, b: { c: 2 } } }, '.count .name .struct.a .struct.b.c'],
    ['are keys of maps, but not the maps', { labels: { a: '1', b: '' } }, '.labels.a .labels.b'],
    ['are empty maps and structs, but not empty lists', { labels: {}, struct: {}, set: [], items: [] }, '.labels .struct'],
    ['are items of sets', { set: ['a', 'b'] }, '.set[="a"] .set[="b"]'],
    [
      'are items of lists, and what is in them',
      { items: [{ name: 'a', value: 1 }] },
      '.items[name="a"] .items[name="a"].name .items[name="a"].value',
    ],
    ['are atomic lists, maps and structs as one', { whole: [1], one: { a: '1' }, atom: { a: 1 } }, '.atom .one .whole'],
    ['are nulls', { labels: null, count: null }, '.count .labels'],
    ['of free form are members of maps, and lists as one', { any: { a: { b: 1 }, c: [1] } }, '.any.a .any.a.b .any.c'],
  ]
  for (const [what, object, fields] of cases) it(what, () => assert.equal(show(fieldsOf(object, shape)), fields))

  it('follow from the object alone, where there is no schema', () => {
    assert.equal(show(fieldsOf({ a: { b: [{ name: 'x' }], c: {} } }, undefined)), '.a .a.b .a.c')
  })
})

describe('a comparison', () => {
  type Case = readonly [what: string, before: object, after: object, added: string, modified: string, removed: string]
  const cases: readonly Case[] = [
    ['finds nothing where nothing is', { name: 'x', set: ['a', 'b'] }, { name: 'x', set: ['b', 'a'] }, '', '', ''],
    ['finds leaves', { name: 'a', count: 1 }, { name: 'b', any: 1 }, '.any', '.name', '.count'],
    ['finds items of sets', { set: ['a', 'b'] }, { set: ['b', 'c'] }, '.set[="c"]', '', '.set[="a"]'],
    [
      'finds what is in items, wherever they are',
      { items: [{ name: 'a', value: 1 }, { name: 'b' }] },
      { items: [{ name: 'b' }, { name: 'a', value: 2 }] },
      '',
      '.items[name="a"].value',
      '',
    ],
    [
      'takes what came as a whole, with all that is in it',
      {},
      { struct: { b: { c: 1 } } },
      '.struct .struct.b .struct.b.c',
      '',
      '',
    ],
    ['tells keys of maps from maps', { labels: {} }, { labels: { a: '1' } }, '.labels.a', '', ''],
    ['takes atomic values as one', { one: { a: '1' }, whole: [1] }, { one: { b: '1' }, whole: [1, 2] }, '', '.one .whole', ''],
    ['tells null from empty', { labels: null }, { labels: {} }, '', '.labels', ''],
    ['takes doubles together: changed', { set: ['a', 'a'] }, { set: ['a', 'a', 'a'] }, '', '.set[="a"]', ''],
    [
      'takes doubles together: there',
      { items: [{ name: 'a', value: 1 }] },
      { items: [{ name: 'a', value: 1 }, { name: 'a' }] },
      '.items[name="a"]',
      '',
      '.items[name="a"] .items[name="a"].name .items[name="a"].value',
    ],
    ['lets maps become text', { any: { a: 1 } }, { any: 'x' }, '', '.any', '.any.a'],
    ['lets text become a map', { any: 'x' }, { any: { a: 1 } }, '.any.a', '.any', ''],
    [
      'is not misled by members of all objects',
      { labels: { a: '1' } },
      { labels: { constructor: '1' } },
      '.labels.constructor',
      '',
      '.labels.a',
    ],
  ]
  for (const [what, before, after, ...expected] of cases)
    it(what, () => {
      const { added, modified, removed } = compare(before as never, after as never, shape)
      assert.deepEqual([added, modified, removed].map(show), expected)
    })
})

describe('a merge', () => {
  type Case = readonly [what: string, live: object, config: object, merged: object]
  const cases: readonly Case[] = [
    ['takes what is set and keeps the rest', { name: 'a', count: 1 }, { name: 'b' }, { name: 'b', count: 1 }],
    [
      'goes into maps and structs',
      { labels: { a: '1' }, struct: { a: 1 } },
      { labels: { b: '2' }, struct: { b: { c: 1 } } },
      { labels: { a: '1', b: '2' }, struct: { a: 1, b: { c: 1 } } },
    ],
    [
      'replaces what is atomic',
      { whole: [1, 2], one: { a: '1' }, atom: { a: 1 } },
      { whole: [3], one: { b: '1' }, atom: {} },
      { whole: [3], one: { b: '1' }, atom: {} },
    ],
    ['joins sets', { set: ['a', 'b'] }, { set: ['c', 'b'] }, { set: ['a', 'c', 'b'] }],
    [
      'merges items of the same keys',
      { items: [{ name: 'a', value: 1 }] },
      { items: [{ name: 'a', tags: ['x'] }] },
      { items: [{ name: 'a', value: 1, tags: ['x'] }] },
    ],
    [
      'takes the order of the configuration, and leaves others where they are',
      { set: ['a', 'x', 'b', 'c'] },
      { set: ['c', 'new', 'a'] },
      { set: ['x', 'b', 'c', 'new', 'a'] },
    ],
    [
      'fills keys in',
      { ports: [{ port: 80, protocol: 'TCP', name: 'a' }] },
      { ports: [{ port: 80 }] },
      { ports: [{ port: 80, protocol: 'TCP', name: 'a' }] },
    ],
    [
      'takes nulls for leaves, and leaves full maps alone',
      { count: 1, labels: { a: '1' } },
      { count: null, labels: null },
      { count: null, labels: { a: '1' } },
    ],
    ['takes the other form', { any: { a: 1 } }, { any: [1] }, { any: [1] }],
    [
      'joins free maps, replaces free lists',
      { any: { a: 1, l: [1] } },
      { any: { b: 2, l: [2] } },
      { any: { a: 1, l: [2], b: 2 } },
    ],
  ]
  for (const [what, live, config, expected] of cases)
    it(what, () => assert.deepEqual(merge(live as never, config as never, shape), expected))
})

describe('taking fields out', () => {
  const object = {
    name: 'x',
    items: [
      { name: 'a', value: 1 },
      { name: 'b', value: 2 },
    ],
    labels: { a: '1' },
    set: ['x', 'y'],
  }
  const without = (set: FieldSet): object => remove(object, set, shape)

  it('takes members and items, and what is in items', () => {
    assert.deepEqual(
      without({
        'f:name': {},
        'f:items': { 'k:{"name":"a"}': {}, 'k:{"name":"b"}': { 'f:value': {} } },
        'f:set': { 'v:"x"': {} },
      }),
      {
        items: [{ name: 'b' }],
        labels: { a: '1' },
        set: ['y'],
      },
    )
  })

  it('leaves null where nothing is left', () => {
    assert.deepEqual(remove({ name: 'x', labels: { a: '1' } }, { 'f:labels': { 'f:a': {} } }, shape), { name: 'x', labels: null })
  })
})

describe('a set and its schema', () => {
  it('has the structs that fields stand in, but not maps and lists of others', () => {
    const set = fieldsOf({ struct: { b: { c: 1 } }, any: { a: { b: 1 } }, items: [{ name: 'a' }] }, shape)
    assert.equal(
      show(withNamedFields(set, shape)),
      '.any .any.a .any.a.b .items .items[name="a"] .items[name="a"].name .struct .struct.b .struct.b.c',
    )
  })

  it('is one field where a schema has become atomic since, and itself where not', () => {
    const set = { 'f:atom': { 'f:a': {} }, 'f:whole': { 'i:0': {} }, 'f:struct': { 'f:a': {} } }
    assert.deepEqual(withSchema(set, shape), { 'f:atom': {}, 'f:whole': {}, 'f:struct': { 'f:a': {} } })
    const same = { 'f:atom': {}, 'f:struct': { 'f:a': {} } }
    assert.equal(withSchema(same, shape), same)
  })
})

describe('what cannot be applied', () => {
  const cases: readonly (readonly [config: object, why: string | undefined])[] = [
    [{ name: 'x', labels: { any: 'thing' }, any: { free: [1] }, count: null }, undefined],
    [{ nome: 'x' }, '.nome: field not declared in schema'],
    [{ count: 'x' }, '.count: expected numeric (int or float), got string'],
    [
      { name: true, count: {} },
      'errors:\n  .name: expected string, got &value.valueUnstructured{Value:true}\n  .count: expected numeric (int or float), got map[string]interface {}',
    ],
    [{ set: 'x' }, '.set: expected list, got &{x}'],
    [{ set: ['a', 'a'] }, '.set: duplicate entries for key [="a"]'],
    [{ items: [{ name: 'a', inner: { z: 1 } }] }, '.items[name="a"].inner.z: field not declared in schema'],
    [
      { items: [{ value: 1 }] },
      `.items: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
    ],
    [{ whole: [1, 'x'] }, '.whole[1]: expected numeric (int or float), got string'],
  ]
  for (const [config, why] of cases) it(why ?? 'nothing', () => assert.equal(misfit(config, shape), why))
})
