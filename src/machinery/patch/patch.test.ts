import { deepEqual, equal, throws } from 'node:assert/strict'
import { StatusError } from '#api/status.ts'
import { decode } from '#machinery/json.ts'
import type { Schema } from '#machinery/schema.ts'
import { applyJsonPatch } from './json.ts'
import { applyMergePatch } from './merge.ts'
import { applyStrategicPatch } from './strategic.ts'

const code =
  (code: number, message?: string) =>
  (error: unknown): boolean => {
    equal((error as StatusError).code, code)
    if (message) equal((error as StatusError).message, message)
    return error instanceof StatusError
  }

describe('applyJsonPatch', () => {
  const doc = { a: { b: [1, 2, 3] }, 'x/y~z': 'q', n: null }
  const applying: [string, object[], unknown][] = [
    ['add a member', [{ op: 'add', path: '/c', value: 1 }], { ...doc, c: 1 }],
    ['insert into a list', [{ op: 'add', path: '/a/b/1', value: 9 }], { ...doc, a: { b: [1, 9, 2, 3] } }],
    ['append to a list', [{ op: 'add', path: '/a/b/-', value: 9 }], { ...doc, a: { b: [1, 2, 3, 9] } }],
    ['count from the end', [{ op: 'remove', path: '/a/b/-1' }], { ...doc, a: { b: [1, 2] } }],
    ['remove', [{ op: 'remove', path: '/a' }], { 'x/y~z': 'q', n: null }],
    ['replace', [{ op: 'replace', path: '/a/b/0', value: 7 }], { ...doc, a: { b: [7, 2, 3] } }],
    ['replace what is absent, as upstream', [{ op: 'replace', path: '/z', value: 7 }], { ...doc, z: 7 }],
    ['replace all', [{ op: 'replace', path: '', value: { k: 1 } }], { k: 1 }],
    ['unescape', [{ op: 'replace', path: '/x~1y~0z', value: 1 }], { ...doc, 'x/y~z': 1 }],
    ['move', [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, 'x/y~z': 'q', n: null, c: [1, 2, 3] }],
    ['copy', [{ op: 'copy', from: '/a/b/0', path: '/a/b/2' }], { ...doc, a: { b: [1, 2, 1, 3] } }],
    ['test', [{ op: 'test', path: '/a', value: { b: [1, 2, 3] } }], doc],
    ['test for null what is absent', [{ op: 'test', path: '/z', value: null }], doc],
    [
      'do one thing after the other',
      [
        { op: 'add', path: '/c', value: {} },
        { op: 'add', path: '/c/d', value: 1 },
      ],
      { ...doc, c: { d: 1 } },
    ],
  ]
  for (const [what, patch, result] of applying) {
    it(`can ${what}, and leaves its inputs alone`, () => {
      const before = JSON.stringify([doc, patch])
      deepEqual(applyJsonPatch<unknown>(doc, patch), result)
      equal(JSON.stringify([doc, patch]), before)
    })
  }

  const misfits: object[] = [
    { op: 'test', path: '/a/b/0', value: 2 },
    { op: 'test', path: '/n', value: [] },
    { op: 'remove', path: '/missing' },
    { op: 'add', path: '/missing/child', value: 1 },
    { op: 'add', path: '/a/b/4', value: 1 },
    { op: 'add', path: '/a/b/x', value: 1 },
    { op: 'replace', path: '/a/b/3', value: 1 },
    { op: 'move', from: '/missing', path: '/c' },
    { op: 'add', path: 'a', value: 1 },
    { op: 'constructor', path: '/a' },
    { op: 'add', path: '/constructor/prototype/polluted', value: 1 },
    { op: 'add', path: '/__proto__/polluted', value: 1 },
    { path: '/a' },
    { op: 'add' },
  ]
  for (const operation of misfits) {
    it(`answers 422 to ${JSON.stringify(operation)}`, () => {
      throws(() => applyJsonPatch(doc, [operation]), code(422, 'the server rejected our request due to an error in our request'))
      equal('polluted' in {}, false)
    })
  }

  it('answers 400 to what is no patch, and 413 to too long a one', () => {
    throws(() => applyJsonPatch(doc, {}), code(400, 'json: cannot unmarshal object into Go value of type jsonpatch.Patch'))
    throws(() => applyJsonPatch(doc, ['x']), code(400))
    const long = Array(10_001).fill({ op: 'test', path: '/a', value: 1 })
    throws(
      () => applyJsonPatch(doc, long),
      code(413, 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001'),
    )
  })

  it('does not let copies fill the memory', () => {
    const doubling = Array(100).fill({ op: 'copy', from: '/a', path: '/a/b/-' })
    throws(() => applyJsonPatch(doc, doubling), code(422))
  })
})

describe('applyMergePatch', () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [document, patch, result] of cases) {
    it(`makes ${JSON.stringify(result)} of ${JSON.stringify(document)} and ${JSON.stringify(patch)}`, () =>
      deepEqual(applyMergePatch(document, patch), result))
  }

  it('treats __proto__ as any other name', () => {
    const result = applyMergePatch({}, decode('{"__proto__":{"polluted":1}}')) as object
    deepEqual(Object.keys(result), ['__proto__'])
    equal('polluted' in {}, false)
  })
})

describe('applyStrategicPatch', () => {
  const fields = (properties: Record<string, Schema>): Record<string, Schema> => Object.assign(Object.create(null), properties)
  const text: Schema = { type: 'string' }
  const item: Schema = {
    type: 'object',
    properties: fields({
      name: text,
      value: text,
      other: text,
      simple: { type: 'array', items: text },
      nested: { type: 'object', properties: fields({ a: text, b: text }) },
    }),
  }
  const schema: Schema = {
    type: 'object',
    properties: fields({
      name: text,
      list: { type: 'array', items: item, patchStrategy: ['merge'], patchMergeKey: 'name' },
      volumes: { type: 'array', items: item, patchStrategy: ['merge', 'retainKeys'], patchMergeKey: 'name' },
      set: { type: 'array', items: text, patchStrategy: ['merge'] },
      atomic: { type: 'array', items: item },
      whole: { type: 'object', properties: fields({ a: text }), patchStrategy: ['replace'] },
      map: { type: 'object', additionalProperties: text },
      keyless: { type: 'array', items: item, patchStrategy: ['merge'] },
    }),
  }
  const cases: [string, object, object, object][] = [
    ['merges maps and removes nulls', { map: { a: '1', b: '2' } }, { map: { a: null, c: '3' } }, { map: { b: '2', c: '3' } }],
    ['adds without nulls', {}, { map: { a: null, b: '1' } }, { map: { b: '1' } }],
    ['replaces atomic lists', { atomic: [{ name: 'a' }] }, { atomic: [{ name: 'b' }] }, { atomic: [{ name: 'b' }] }],
    ['replaces where the schema says so', { whole: { a: '1' } }, { whole: { b: '2' } }, { whole: { b: '2' } }],
    [
      'merges by key, the patch’s items first',
      { list: [{ name: '1' }, { name: '2', value: 'x', other: 'y' }] },
      { list: [{ name: '2', value: 'z' }, { name: '3' }] },
      { list: [{ name: '1' }, { name: '2', value: 'z', other: 'y' }, { name: '3' }] },
    ],
    [
      'deletes by key',
      { list: [{ name: '1' }, { name: '2' }] },
      { list: [{ name: '1', $patch: 'delete' }] },
      { list: [{ name: '2' }] },
    ],
    ['replaces a list', { list: [{ name: '1' }] }, { list: [{ name: '2' }, { $patch: 'replace' }] }, { list: [{ name: '2' }] }],
    ['empties a list', { list: [{ name: '1' }] }, { list: [{ $patch: 'replace' }] }, { list: [] }],
    ['replaces an object', { map: { a: '1' } }, { map: { b: '2', $patch: 'replace' } }, { map: { b: '2' } }],
    ['deletes an object', { map: { a: '1' } }, { map: { $patch: 'delete' } }, { map: {} }],
    ['replaces everything', { name: 'x', map: {} }, { name: 'y', $patch: 'replace' }, { name: 'y' }],
    ['merges sets of scalars', { set: ['1', '2'] }, { set: ['2', '3'] }, { set: ['1', '2', '3'] }],
    ['deletes from sets of scalars', { set: ['1', '2', '3'] }, { '$deleteFromPrimitiveList/set': ['1', '3'] }, { set: ['2'] }],
    [
      'orders sets of scalars',
      { set: ['1', '2', '3'] },
      { '$setElementOrder/set': ['3', '1', '4'], set: ['4'], '$deleteFromPrimitiveList/set': ['2'] },
      { set: ['3', '1', '4'] },
    ],
    [
      'orders lists, others keeping their place',
      { list: [{ name: '1' }, { name: '2' }, { name: '3' }] },
      { '$setElementOrder/list': [{ name: '3' }, { name: '1' }], list: [{ name: '3', value: 'x' }] },
      { list: [{ name: '2' }, { name: '3', value: 'x' }, { name: '1' }] },
    ],
    [
      'orders without changing',
      { list: [{ name: '1' }, { name: '2' }] },
      { '$setElementOrder/list': [{ name: '2' }, { name: '1' }] },
      { list: [{ name: '2' }, { name: '1' }] },
    ],
    [
      'retains keys only',
      { volumes: [{ name: '1', value: 'x', other: 'y' }] },
      { volumes: [{ name: '1', value: 'z', $retainKeys: ['name', 'value'] }] },
      { volumes: [{ name: '1', value: 'z' }] },
    ],
    [
      'merges inside of items',
      { list: [{ name: '1', nested: { a: '1' }, simple: ['x'] }] },
      { list: [{ name: '1', nested: { b: '2' }, simple: ['y'] }] },
      { list: [{ name: '1', nested: { a: '1', b: '2' }, simple: ['y'] }] },
    ],
    [
      'keeps items that have one key',
      {
        list: [
          { name: '1', value: 'a' },
          { name: '1', value: 'b' },
        ],
      },
      { list: [{ name: '1', value: 'c' }] },
      {
        list: [
          { name: '1', value: 'c' },
          { name: '1', value: 'b' },
        ],
      },
    ],
    ['changes types', { name: 'x' }, { name: { a: 1 } }, { name: { a: 1 } }],
    [
      'ignores deletions from what is not there',
      {},
      { list: [{ name: '1', $patch: 'delete' }], map: { $patch: 'delete' } },
      { list: [] },
    ],
  ]
  for (const [what, document, patch, result] of cases) {
    it(`${what}, and leaves its inputs alone`, () => {
      const before = JSON.stringify([document, patch])
      deepEqual(applyStrategicPatch<object>(document, patch, schema), result)
      equal(JSON.stringify([document, patch]), before)
    })
  }

  const bad: [object, object, number, string][] = [
    [{}, { $patch: 'x', a: 1 }, 500, 'unknown patch type: x in map: map[$patch:x a:1]'],
    [{ list: [{ name: '1' }] }, { list: [{ value: 'x' }] }, 500, 'map: map[value:x] does not contain declared merge key: name'],
    [
      { list: [{ name: '1' }] },
      { list: [{ name: '1', $patch: 'merge' }] },
      500,
      'merging lists cannot yet be specified in the patch',
    ],
    [{ list: [{ name: '1' }] }, { list: ['x'] }, 500, 'list element types are not identical: [[map[name:1] x]]'],
    [{ keyless: [{ name: '1' }] }, { keyless: [{ name: '2' }] }, 500, 'cannot merge lists without merge key for struct'],
    [{}, { $retainKeys: 'x' }, 400, 'invalid patch format of retainKeys'],
    [{}, { $retainKeys: ['a'], b: 1 }, 400, 'invalid patch format of retainKeys'],
    [{}, { '$setElementOrder.x': [] }, 400, 'invalid patch format of setElementOrder list'],
    [{}, { $deleteFromPrimitiveList: [] }, 400, 'invalid patch format of primitive list'],
    [{ set: ['1'] }, { set: [['1']] }, 422, 'the server rejected our request due to an error in our request'],
    [
      { set: ['1'] },
      { set: ['1', '2'], '$setElementOrder/set': ['2', '1'] },
      500,
      "The order in patch list:\n[1 2]\n doesn't match $setElementOrder list:\n[2 1]\n",
    ],
  ]
  for (const [document, patch, status, message] of bad) {
    it(`refuses ${JSON.stringify(patch)}`, () =>
      throws(() => applyStrategicPatch(document, patch, schema), code(status, message)))
  }

  it('treats __proto__ as any other name', () => {
    const result = applyStrategicPatch(
      { map: {} },
      decode('{"map":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}'),
      schema,
    )
    equal(JSON.stringify(result), '{"map":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}')
    equal('polluted' in {}, false)
  })
})
