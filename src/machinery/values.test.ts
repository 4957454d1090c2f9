import { deepEqual, equal, match, notEqual, throws } from 'node:assert/strict'
import { clone, put } from './clone.ts'
import { equal as alike, identical } from './equality.ts'
import { fnv32a, hashOf, randomSuffix, safeEncode } from './hash.ts'
import { decode } from './json.ts'
import { compileJsonPath } from './jsonpath.ts'
import { ageOf, humanDuration, microTimestamp, timestamp } from './time.ts'

describe('clone', () => {
  it('copies deeply, and everything', () => {
    const value = decode('{"a":[{"b":1},null,"x"],"__proto__":{"c":1},"n":9223372036854775807}') as { a: object[] }
    const copy = clone(value)
    equal(JSON.stringify(copy), JSON.stringify(value))
    notEqual(copy.a[0], value.a[0])
    equal(Object.getPrototypeOf(copy), Object.prototype)
  })

  it('keeps a member that only looks like an exact integer', () => deepEqual(clone({ rawJSON: '1' }), { rawJSON: '1' }))

  it('can put a member called __proto__', () => {
    const record = {}
    put(record, '__proto__', 1)
    deepEqual(Object.keys(record), ['__proto__'])
  })
})

describe('equality', () => {
  const cases: [unknown, unknown, boolean, boolean][] = [
    [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true, true],
    [{ a: 1 }, { a: 1, b: undefined }, true, true],
    [{ a: 1 }, { a: 1, b: null }, true, false],
    [{ a: 1 }, { a: 1, b: [] }, true, false],
    [{ a: {} }, {}, false, false],
    [[1, 2], [2, 1], false, false],
    [[], {}, false, false],
    [{}, { constructor: undefined }, true, true],
    [{ toString: 1 }, {}, false, false],
    ['1', 1, false, false],
    [decode('9223372036854775807'), decode('9223372036854775807'), true, true],
    [decode('9223372036854775807'), decode('9223372036854775806'), false, false],
  ]
  for (const [a, b, meaning, text] of cases) {
    it(`${JSON.stringify(a)} and ${JSON.stringify(b)} ${meaning ? 'mean the same' : 'differ'}`, () => {
      deepEqual([alike(a, b), alike(b, a), identical(a, b), identical(b, a)], [meaning, meaning, text, text])
    })
  }
})

describe('humanDuration', () => {
  const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000]
  const cases: [number, string][] = [
    [-2 * s, '<invalid>'],
    [-1 * s, '0s'],
    [0, '0s'],
    [119 * s, '119s'],
    [2 * m, '2m'],
    [2 * m + 3 * s, '2m3s'],
    [10 * m, '10m'],
    [179 * m, '179m'],
    [3 * h, '3h'],
    [3 * h + 7 * m, '3h7m'],
    [8 * h, '8h'],
    [47 * h, '47h'],
    [2 * d, '2d'],
    [5 * d + 3 * h, '5d3h'],
    [8 * d, '8d'],
    [729 * d, '729d'],
    [2 * 365 * d, '2y'],
    [2 * 365 * d + 3 * d, '2y3d'],
    [9 * 365 * d, '9y'],
  ]
  for (const [ms, text] of cases) it(`says ${text}`, () => equal(humanDuration(ms), text))

  it('tells the age of things, unless they have none', () => {
    const now = new Date('2026-01-01T00:00:12.900Z')
    equal(ageOf('2026-01-01T00:00:00Z', now), '12s')
    equal(ageOf(undefined, now), '<unknown>')
    equal(ageOf('x', now), '<unknown>')
    equal(timestamp(now), '2026-01-01T00:00:12Z')
    equal(microTimestamp(now), '2026-01-01T00:00:12.900000Z')
  })
})

describe('hashes', () => {
  it('are those of FNV-1a', () => {
    equal(fnv32a(''), 0x811c9dc5)
    equal(fnv32a('a'), 0xe40c292c)
    equal(fnv32a('foobar'), 0xbf9cf968)
    equal(safeEncode('0b'), '4w')
  })

  it('depend on the meaning of a value, not on its writing', () => {
    equal(hashOf({ a: 1, b: { c: [1], d: 2 } }), hashOf({ b: { d: 2, c: [1] }, a: 1 }))
    notEqual(hashOf({ a: 1 }), hashOf({ a: 2 }))
    match(hashOf({}), /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
  })

  it('have a random cousin', () => {
    equal(
      randomSuffix(() => 0),
      'bbbbb',
    )
    equal(
      randomSuffix(() => 0.999999, 3),
      '999',
    )
  })
})

describe('compileJsonPath', () => {
  const object = {
    spec: {
      replicas: 3,
      list: [
        { name: 'a', n: 1 },
        { name: 'b', n: 2 },
        { name: 'c', n: 3 },
      ],
    },
    metadata: { labels: { 'a.b/c-d': 'x' } },
    status: { conditions: [{ type: 'Ready', status: 'True' }, { type: 'Other' }] },
  }
  const cases: [string, unknown[]][] = [
    ['.spec.replicas', [3]],
    ['{.spec.replicas}', [3]],
    ['$.spec.replicas', [3]],
    ['spec.replicas', [3]],
    ['.spec.missing.more', []],
    ['.metadata.labels.a\\.b/c-d', ['x']],
    [".metadata.labels['a.b/c-d']", ['x']],
    [".metadata.labels['a\\.b/c-d']", ['x']],
    ['.metadata["labels"]', [{ 'a.b/c-d': 'x' }]],
    ['.spec.list[0].name', ['a']],
    ['.spec.list[-1].name', ['c']],
    ['.spec.list[9].name', []],
    ['.spec.list[*].name', ['a', 'b', 'c']],
    ['.spec.list[1:].name', ['b', 'c']],
    ['.spec.list[0:3:2].name', ['a', 'c']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Ready')].status", ['True']],
    ['.status.conditions[?(@.status)].type', ['Ready']],
    ['.spec.list[?(@.n>1)].name', ['b', 'c']],
    ['.spec.list[?(@.n != 2)].name', ['a', 'c']],
    ['..type', ['Ready', 'Other']],
    ['.spec.constructor', []],
    ['.', [object]],
  ]
  for (const [path, values] of cases) it(`reads ${path}`, () => deepEqual(compileJsonPath(path)(object), values))

  it('refuses what is no path', () => {
    for (const path of ['.a[', '.a[b]', '.a[?(b==1)]', '.a b', '{.a'])
      throws(() => compileJsonPath(path), /^Error: unrecognized path/)
  })
})
