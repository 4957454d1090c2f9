import { equal, throws } from 'node:assert/strict'
import { add, bigMilli, canonical, compare, milli, quantityError, roundUp, subtract, value } from './quantity.ts'

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

describe('quantities', () => {
  const canonicals: [string | number, string][] = [
    ['0', '0'],
    ['0m', '0'],
    ['0Gi', '0'],
    ['-0', '0'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['2000m', '2'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1.'],
    ['0.001', '1m'],
    ['0.0001', '100u'],
    ['0.0000000001', '1n'],
    ['1.0000000001', '1000000001n'],
    ['-0.5', '-500m'],
    ['1024', '1024'],
    ['1000', '1k'],
    ['1000k', '1M'],
    ['12345', '12345'],
    ['1.5k', '1500'],
    ['1024Ki', '1Mi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['0.1Ki', '102400m'],
    ['0.0001Ki', '102400u'],
    ['1Ei', '1Ei'],
    ['10Ei', '9223372036854775807'],
    ['1e3', '1e3'],
    ['1E3', '1E3'],
    ['10e3', '10e3'],
    ['1000e3', '1e6'],
    ['100e-3', '100e-3'],
    ['1E', '1E'],
    ['9223372036854775807', '9223372036854775807'],
    ['92233720368547758080', '92233720368547758080'],
    [1, '1'],
    [0.5, '500m'],
    [1e21, '1e+21'],
    [' 1 ', '1'],
  ]
  for (const [text, canon] of canonicals) {
    it(`writes ${JSON.stringify(text)} as ${canon}`, () => equal(canonical(text), canon))
  }

  it('refuses what is no quantity in upstream’s words', () => {
    for (const text of ['', 'x', '1 Gi', '1.2.3', '1,5', '1Gib', 'NaN', '9'.repeat(300)]) {
      throws(() => canonical(text), { message: wrongFormat })
    }
    for (const text of ['--1', '1i', '1mi', '1K', '1KiKi', '1e', '1.1.', '1e999999999999', '1Ki5']) {
      equal(quantityError(text), text === '1.1.' ? wrongFormat : "unable to parse quantity's suffix", text)
    }
    equal(quantityError({}), wrongFormat)
    equal(quantityError('1Gi'), undefined)
  })

  it('compares exactly', () => {
    equal(compare('1', '1000m'), 0)
    equal(compare('1Gi', '1G'), 1)
    equal(compare('0.1', '0.10000001'), -1)
    equal(compare('-1', '1'), -1)
    equal(compare('9223372036854775807', '9223372036854775806'), 1)
  })

  it('adds and subtracts exactly, in the first one’s format', () => {
    equal(add('1Gi', '512Mi'), '1536Mi')
    equal(add('100m', '0.2'), '300m')
    equal(add('0.1', '0.2'), '300m')
    equal(add('0', '1Gi'), '1Gi')
    equal(add('1', '1Ki'), '1025')
    equal(add('1e3', '1'), '1001')
    equal(subtract('1', '900m'), '100m')
    equal(subtract('1Gi', '2Gi'), '-1Gi')
    equal(subtract('1Mi', '1Mi'), '0')
  })

  it('counts thousandths, rounding up', () => {
    const cases: [string | number, number][] = [
      ['100m', 100],
      ['2', 2000],
      ['0.5', 500],
      [0.25, 250],
      [3, 3000],
      ['1u', 1],
      ['1Ki', 1024000],
      ['-1', -1000],
      ['0', 0],
    ]
    for (const [text, thousandths] of cases) equal(milli(text), thousandths, String(text))
    equal(bigMilli('9223372036854775807'), 9223372036854775807000n)
  })

  it('counts whole units, rounding up', () => {
    const cases: [string | number, number][] = [
      ['1Gi', 2 ** 30],
      ['512Mi', 2 ** 29],
      ['1Ti', 2 ** 40],
      ['1k', 1000],
      ['100m', 1],
      ['1001m', 2],
      ['1.5', 2],
      ['110', 110],
      ['1e3', 1000],
      [2.5, 3],
      ['12345678901', 12345678901],
    ]
    for (const [text, units] of cases) equal(value(text), units, String(text))
    throws(() => value('x'), { message: wrongFormat })
    throws(() => milli(''), { message: wrongFormat })
  })

  it('rounds up to a power of ten', () => {
    equal(roundUp('1.5', 0), '2')
    equal(roundUp('1234m', -1), '1300m')
    equal(roundUp('5', -3), '5')
  })
})
