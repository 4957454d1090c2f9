import { deepEqual, equal, throws } from 'node:assert/strict'
import { parseFieldSelector, requires } from './field-selector.ts'

describe('field selectors', () => {
  const forms: [string, string][] = [
    ['', ''],
    ['a=b', 'a=b'],
    ['a==b', 'a=b'],
    ['a!=b', 'a!=b'],
    ['b=2,a=1', 'a=1,b=2'],
    [',a=b,', 'a=b'],
    ['a=', 'a='],
    ['a=x\\,y\\=z\\\\', 'a=x\\,y\\=z\\\\'],
  ]
  for (const [text, written] of forms) {
    it(`reads \`${text}\` and writes \`${written}\``, () => equal(String(parseFieldSelector(text)), written))
  }

  it('takes escaped signs for themselves', () => {
    deepEqual(parseFieldSelector('a=x\\,y\\=z').terms, [{ field: 'a', equal: true, value: 'x,y=z' }])
  })

  it('matches if every term does; what is not set is empty', () => {
    const get = (field: string): string => (field === 'spec.nodeName' ? 'n1' : '')
    equal(parseFieldSelector('spec.nodeName=n1').matches(get), true)
    equal(parseFieldSelector('spec.nodeName=n1,status.phase!=Failed').matches(get), true)
    equal(parseFieldSelector('spec.nodeName!=n1').matches(get), false)
    equal(parseFieldSelector('other=').matches(get), true)
  })

  it('knows the one value it asks for', () => {
    equal(requires(parseFieldSelector('metadata.name=a,x!=b'), 'metadata.name'), 'a')
    equal(requires(parseFieldSelector('metadata.name=a,x!=b'), 'x'), undefined)
  })

  it('refuses what it cannot read in upstream’s words', () => {
    throws(() => parseFieldSelector('a=b,c'), { message: "invalid selector: 'a=b,c'; can't understand 'c'" })
    throws(() => parseFieldSelector('a=\\x'), { message: 'invalid field selector: invalid escape sequence: \\x' })
    throws(() => parseFieldSelector('a=b\\'), { message: 'invalid field selector: invalid escape sequence: \\' })
    throws(() => parseFieldSelector('a=b=c'), { message: 'invalid field selector: unescaped character in value: 61' })
  })
})
