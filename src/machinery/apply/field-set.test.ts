import assert from 'node:assert/strict'
import type { Schema } from '#machinery/schema.ts'
import { byElement, canonical, itemElement, shown, Unmergeable } from './element.ts'
import { difference, type FieldSet, has, intersection, setOfPaths, sorted, union, within, without } from './field-set.ts'

const set = (...paths: string[]): FieldSet => setOfPaths(paths)

describe('a field set', () => {
  const a = set('spec', 'spec.replicas', 'metadata.labels.app', 'data')
  const b = set('spec.replicas', 'spec.paused', 'metadata.labels', 'data')

  it('is written as fieldsV1 is: `.` where a field is a member and has members below', () => {
    assert.deepEqual(a, {
      'f:spec': { '.': {}, 'f:replicas': {} },
      'f:metadata': { 'f:labels': { 'f:app': {} } },
      'f:data': {},
    })
  })

  for (const [name, result, expected] of [
    ['union', union(a, b), set('spec', 'spec.replicas', 'spec.paused', 'metadata.labels', 'metadata.labels.app', 'data')],
    ['intersection', intersection(a, b), set('spec.replicas', 'data')],
    ['difference', difference(a, b), set('spec', 'metadata.labels.app')],
    ['the other difference', difference(b, a), set('spec.paused', 'metadata.labels')],
    ['difference of a parent, which leaves its children', difference(set('a.b'), set('a')), set('a.b')],
    ['difference of a child, which leaves its parent', difference(set('a'), set('a.b')), set('a')],
    ['without, which takes children too', without(a, b), set('spec')],
    ['within a pattern', within(set('a.x.b', 'a.x.c', 'a.y.b.d', 'e'), set('a.*.b')), set('a.x.b', 'a.y.b.d')],
    ['nothing left', difference(a, a), {}],
  ] as const)
    it(`has a ${name}`, () => assert.deepEqual(result, expected))

  it('stays itself where an operation changes nothing', () => {
    assert.equal(difference(a, set('other')), a)
    assert.equal(union(a, set('spec')), a)
    assert.equal(sorted(a['f:spec']!), a['f:spec'])
  })

  it('knows its members from what is only on the way to them', () => {
    assert.deepEqual(
      ['spec', 'spec.replicas', 'metadata', 'metadata.labels', 'spec.none'].map(path => has(a, path)),
      [true, true, false, false, false],
    )
  })

  it('is sorted as upstream sorts it: names, keys, values; numbers by size', () => {
    const elements = [
      'v:"b"',
      'v:10',
      'v:9',
      'k:{"port":443}',
      'k:{"port":80}',
      'k:{"name":"a"}',
      'f:b',
      'f:B',
      '.',
      'v:true',
      'i:1',
    ]
    assert.deepEqual(elements.toSorted(byElement), [
      '.',
      'f:B',
      'f:b',
      'k:{"name":"a"}',
      'k:{"port":80}',
      'k:{"port":443}',
      'v:9',
      'v:10',
      'v:"b"',
      'v:true',
      'i:1',
    ])
  })
})

describe('a step of a path', () => {
  const ports = { type: 'array', listType: 'map', listMapKeys: ['port', 'protocol'] } as const
  const items = { type: 'object', properties: { protocol: { type: 'string', default: 'TCP' } } } as const

  it('to an item is its keys, in order, defaults filled in', () => {
    assert.equal(itemElement({ protocol: 'UDP', port: 80, name: 'x' }, ports), 'k:{"port":80,"protocol":"UDP"}')
    assert.equal(itemElement({ port: 80 }, { ...ports, items }), 'k:{"port":80,"protocol":"TCP"}')
    assert.equal(itemElement({ port: 80 }, ports), 'k:{"port":80}')
    assert.equal(itemElement('<a>', { listType: 'set' }), 'v:"\\u003ca\\u003e"')
    assert.equal(itemElement({ ip: '1.2.3.4' }, { patchStrategy: ['merge'], patchMergeKey: 'ip' }), 'k:{"ip":"1.2.3.4"}')
  })

  for (const [item, list, why] of [
    [
      { x: 1 },
      ports,
      /^associative list with keys has an element that omits all key fields \["port" "protocol"\] \(and doesn't have/,
    ],
    [null, ports, /^associative list with keys may not have a null element$/],
    ['x', ports, /^associative list with keys may not have non-map elements$/],
    [null, { listType: 'set' }, /^associative list without keys has an element that's an explicit null$/],
    [{}, { listType: 'set' }, /^associative list without keys has an element that's a map type$/],
    [[], { listType: 'set' }, /^not supported: associative list with lists as elements$/],
  ] as const)
    it(`leads nowhere: ${why.source}`, () => assert.throws(() => itemElement(item, list as Schema), { message: why }))

  it('is read in any order of keys, and dropped where its kind is not known', () => {
    assert.equal(canonical('k:{"protocol":"TCP","port":80}'), 'k:{"port":80,"protocol":"TCP"}')
    assert.equal(canonical('v: 1.0'), 'v:1')
    assert.equal(canonical('f:__proto__'), 'f:__proto__')
    assert.equal(canonical('x:y'), undefined)
    for (const broken of ['f', 'fx', 'k:[]', 'k:{', 'v:', 'i:x']) assert.throws(() => canonical(broken), Unmergeable, broken)
  })

  it('is shown as messages show it', () => {
    const shows = ['f:name', 'k:{"port":80,"protocol":"TCP"}', 'v:"x"', 'v:1', 'i:0'].map(shown)
    assert.deepEqual(shows, ['.name', '[port=80,protocol="TCP"]', '[="x"]', '[=1]', '[0]'])
  })
})
