import { deepEqual, equal, throws } from 'node:assert/strict'
import { decode } from './json.ts'
import { decodeYaml, duplicateYamlFields, encodeYaml } from './yaml.ts'

describe('decodeYaml', () => {
  const scalars: [string, unknown][] = [
    ['yes', true],
    ['On', true],
    ['y', true],
    ['no', false],
    ['N', false],
    ['true', true],
    ['"yes"', 'yes'],
    ['0644', 420],
    ['0o17', 15],
    ['08', 8],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['+7', 7],
    ['.5', 0.5],
    ['1.5e3', 1500],
    ['1e3', 1000],
    ['12:30', '12:30'],
    ['2026-01-01', '2026-01-01'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['1.2.3', '1.2.3'],
    ['~', null],
    ['null', null],
    ['', null],
    ['!!str 12', '12'],
    ['"12"', '12'],
    ['!!float 3', 3],
    ['100m', '100m'],
  ]
  for (const [text, value] of scalars) {
    it(`reads \`${text}\` as ${JSON.stringify(value)}`, () => deepEqual(decodeYaml(`a: ${text}`), { a: value }))
  }

  it('makes text of keys', () => {
    deepEqual(decodeYaml('1: a\ntrue: b\n1.5: c'), { 1: 'a', true: 'b', '1.5': 'c' })
  })

  it('merges maps, own members first', () => {
    deepEqual(decodeYaml('a: &a {x: 1, z: 2}\nb:\n  <<: *a\n  x: 3'), { a: { x: 1, z: 2 }, b: { x: 3, z: 2 } })
  })

  it('reads the first document, and nothing as null', () => {
    deepEqual(decodeYaml('---\na: 1\n---\na: 2'), { a: 1 })
    equal(decodeYaml(''), null)
  })

  it('copies what an alias repeats', () => {
    const { a, b } = decodeYaml('a: &a [1]\nb: *a') as { a: unknown; b: unknown }
    deepEqual(a, b)
    equal(a === b, false)
  })

  it('reads JSON as JSON, and what only begins like it as YAML', () => {
    deepEqual(decodeYaml('{"a": 1e3, "b": "yes", "<<": {"c": "\\u003c"}}\n'), { a: 1000, b: 'yes', '<<': { c: '<' } })
    deepEqual(decodeYaml('{a: yes, b: 0644}'), { a: true, b: 420 })
    deepEqual(decodeYaml('{"a": 1}\n---\n{"b": 2}'), { a: 1 })
    throws(() => decodeYaml('{"a": '), { message: /^yaml: / })
  })

  it('keeps integers beyond 2^53', () => {
    equal(JSON.stringify(decodeYaml('a: 9223372036854775807')), '{"a":9223372036854775807}')
  })

  it('keeps a member called __proto__ a member', () => {
    deepEqual(Object.keys(decodeYaml('__proto__: {polluted: yes}') as object), ['__proto__'])
  })

  it('refuses a billion laughs', () => {
    const letters = [...'abcdefghij']
    const lines = letters.map(
      (l, i) =>
        `${l}: &${l} [${Array(9)
          .fill(i ? `*${letters[i - 1]}` : 'ha')
          .join(', ')}]`,
    )
    throws(() => decodeYaml(lines.join('\n')), { message: 'yaml: document contains excessive aliasing' })
  })

  it('refuses what JSON cannot say, and what is no YAML', () => {
    throws(() => decodeYaml('a: .inf'), { message: 'json: unsupported value: +Inf' })
    throws(() => decodeYaml('a: b\n\tc: d'), { name: 'Error', message: /^yaml: line 2: / })
    throws(() => decodeYaml(`${'['.repeat(5000)}`), { message: /^yaml: / })
  })
})

describe('duplicateYamlFields', () => {
  it('says which key comes twice, and where', () => {
    deepEqual(duplicateYamlFields('{"a":1,"b":{"a":2}}'), [])
    deepEqual(duplicateYamlFields('{"a":1,\n"a":2}'), ['yaml: unmarshal errors:\n  line 2: key "a" already set in map'])
    deepEqual(duplicateYamlFields('a: 1\nb:\n  c: 1\n  c: 2\n'), [
      'yaml: unmarshal errors:\n  line 4: key "c" already set in map',
    ])
  })

  it('does not mistake an override of a merged key for a duplicate', () => {
    deepEqual(duplicateYamlFields('a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n'), [])
  })
})

describe('encodeYaml', () => {
  it('writes what decodeYaml reads, keys in order', () => {
    const value = {
      b: 'yes',
      a: [{ x: 1, y: ['q'] }],
      d: '0644',
      e: '12:30',
      f: 'two\nlines\n',
      g: null,
      h: {},
      i: [],
      j: '2026-01-01',
    }
    equal(encodeYaml({ b: 'yes', a: [{ x: 1 }] }), 'a:\n- x: 1\nb: "yes"\n')
    deepEqual(decodeYaml(encodeYaml(value)), value)
    equal(encodeYaml(decode('{"max":9223372036854775807}')), 'max: 9223372036854775807\n')
  })
})
