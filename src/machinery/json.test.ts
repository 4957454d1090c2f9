import { deepEqual, equal, throws } from 'node:assert/strict'
import { DecodeError, decode, duplicateFields } from './json.ts'

describe('decode', () => {
  it('reads what JSON.parse reads', () => {
    const text = '{"a":[1,-2.5e3,true,false,null,"x\\n\\u00e9"],"b":{}}'
    deepEqual(decode(Buffer.from(text)), JSON.parse(text))
  })

  it('keeps integers beyond 2^53 as they were written', () => {
    const text = '{"max":9223372036854775807,"min":-9223372036854775808,"safe":9007199254740991,"float":0.1234567890123456}'
    equal(JSON.stringify(decode(text)), text)
    equal((decode(text) as { safe: number }).safe, 9007199254740991)
  })

  it('replaces half characters, and only those', () => {
    equal(decode('"\\ud800x \\ud83d\\ude00 \\\\ud800"'), '\ufffdx 😀 \\ud800')
  })

  it('keeps a member called __proto__ a member', () => {
    const value = decode('{"__proto__":{"polluted":true}}') as object
    deepEqual(Object.keys(value), ['__proto__'])
    equal(Object.getPrototypeOf(value), Object.prototype)
  })

  it('refuses what is nested too deeply with a clear error', () => {
    for (const text of ['['.repeat(5000), '{"a":'.repeat(5000), `${'['.repeat(1001)}${']'.repeat(1001)}`]) {
      throws(() => decode(text), { message: /^invalid character '[[{]' exceeded max depth$/ })
    }
    decode(`${'['.repeat(1000)}${']'.repeat(1000)}`)
    decode(`[${'{},'.repeat(5000)}{}]`)
  })

  const broken: [string, string][] = [
    ['', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 2}', "invalid character '2' after object key:value pair"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{}x', "invalid character 'x' after top-level value"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
  ]
  for (const [text, message] of broken) {
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      throws(() => decode(text), { message })
      throws(() => decode(text), DecodeError)
    })
  }
})

describe('duplicateFields', () => {
  it('names each field that comes twice, by its path, once', () => {
    const text = '{"spec":{"replicas":1,"replicas":2,"replicas":3,"list":[{},{"a":1,"a":2}]},"spec":{}}'
    deepEqual(duplicateFields(text), [
      'duplicate field "spec.replicas"',
      'duplicate field "spec.list[1].a"',
      'duplicate field "spec"',
    ])
  })

  it('finds a key that is written in two ways', () => {
    deepEqual(duplicateFields('{"a":1,"\\u0061":2}'), ['duplicate field "a"'])
  })

  it('finds nothing where nothing is', () => {
    deepEqual(duplicateFields('[{"a":1},{"a":1}]'), [])
  })
})
