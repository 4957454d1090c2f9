import assert from 'node:assert/strict'
import { compile } from '#machinery/cel/compile.ts'
import { EvaluationError } from '#machinery/cel/value.ts'
import { functions } from './index.ts'

const evaluate = (text: string): unknown => compile(text, { variables: {}, functions }).evaluate({})

/** Expressions that are true, most of them examples of upstream's documentation. */
const truths: Readonly<Record<string, readonly string[]>> = {
  addresses: [
    "isIP('127.0.0.1') && isIP('::1') && !isIP('127.0.0.256') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0')",
    "ip('127.0.0.1').family() == 4 && ip('::1').family() == 6 && ip('::1') == ip('0:0:0:0:0:0:0:1')",
    "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
    "ip('0.0.0.0').isUnspecified() && ip('127.0.0.1').isLoopback() && !ip('10.0.0.1').isLoopback()",
    "ip('224.0.0.1').isLinkLocalMulticast() && !ip('224.0.1.1').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast()",
    "ip('169.254.169.254').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast() && !ip('fd80::1').isLinkLocalUnicast()",
    "ip('192.168.0.1').isGlobalUnicast() && ip('2001:db8::abcd').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
    "string(ip('2001:DB8::1')) == '2001:db8::1'",
    "isCIDR('10.0.0.0/8') && isCIDR('::1/128') && !isCIDR('192.168.0.0/33')",
    "cidr('192.168.0.0/24').containsIP(ip('192.168.0.1')) && !cidr('192.168.0.0/24').containsIP('192.168.1.1')",
    "cidr('192.168.0.0/16').containsCIDR(cidr('192.168.10.0/24')) && !cidr('192.168.1.0/24').containsCIDR('192.168.2.0/24')",
    "cidr('192.168.1.5/24').masked() == cidr('192.168.1.0/24') && cidr('192.168.1.5/24').ip() == ip('192.168.1.5')",
    "cidr('192.168.1.5/24').prefixLength() == 24 && string(cidr('192.168.1.5/24')) == '192.168.1.5/24'",
  ],
  URLs: [
    "isURL('https://user:pass@example.com:80/path?q=1#f') && isURL('/absolute-path') && !isURL('../relative-path') && !isURL('https://a:b:c/')",
    "url('https://example.com:80/').getHost() == 'example.com:80' && url('https://[::1]:80/').getHostname() == '::1'",
    "url('HTTPS://example.com/').getScheme() == 'https' && url('/path').getScheme() == '' && url('https://example.com:80/').getPort() == '80'",
    "url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'",
    "url('https://example.com/path?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']}",
  ],
  versions: [
    "isSemver('1.0.0-alpha+001') && !isSemver('v1.0') && isSemver('v1.0', true) && !isSemver('1.2.03')",
    "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('v01.02', true) == semver('1.2.0')",
    "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0').isGreaterThan(semver('1.0.0-rc.1'))",
    "semver('1.0.0-alpha.2').compareTo(semver('1.0.0-alpha.10')) == -1 && semver('1.0.0-1').compareTo(semver('1.0.0-a')) == -1",
  ],
  'names of formats': [
    "!format.dns1123Label().validate('my-name').hasValue() && format.dns1123Label().validate('My_name').hasValue()",
    "!format.dns1123LabelPrefix().validate('my-name-').hasValue() && format.named('qualifiedName').value().validate('a/b/c').hasValue()",
    "format.uuid().validate('x').value() == ['does not match the UUID format'] && !format.uuid().validate('0b6a3b3e-9fd2-4b0e-8e5c-8d1f0c0a9b7e').hasValue()",
    "format.date().validate('2023-02-30').hasValue() && !format.datetime().validate('2023-02-28T10:00:00Z').hasValue() && !format.byte().validate('aGk=').hasValue()",
    "!format.named('none').hasValue() && !format.uri().validate('https://x').hasValue()",
  ],
  texts: [
    "'%s is %d, %.2f of %s'.format([dyn('x'), dyn(7), dyn(1234.5), dyn(['a', 'b'])]) == 'x is 7, 1,234.50 of [\"a\", \"b\"]'",
    "'%e'.format([2.71828]) == '2.718280\\u202f×\\u202f10⁰⁰' && '%s'.format([{'b': dyn(1.5), 'a': dyn(true)}]) == '{\"a\":true, \"b\":1.500000}'",
    "'%x %X %o %b'.format([dyn(30), dyn(b'\\xff'), dyn(8), dyn(true)]) == '1e FF 10 1'",
    "'abc'.find('[bc]+') == 'bc' && 'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1b22'.findAll('[0-9]+', 1) == ['1']",
  ],
  amounts: [
    "quantity('1k').compareTo(quantity('1000')) == 0 && quantity('50M').isInteger() && quantity('50000000G').asInteger() == 50000000000000000",
    "quantity('50k').add('20k' == '20k' ? quantity('20k') : quantity('0')) == quantity('70k') && quantity('50k').sub(1000) == quantity('49k')",
    "!isQuantity('10 Mi') && quantity('-1').sign() == -1 && quantity('1500m').asApproximateFloat() == 1.5",
  ],
  lists: [
    "[1, 2, 3].sum() == 6 && ['a', 'b'].isSorted() && [3, 1].min() == 1 && [1, 2, 2].lastIndexOf(2) == 2",
    '[[1, 2], [3]].flatten() == [1, 2, 3] && [1, 2, 2].distinct() == [1, 2] && [1, 2].reverse() == [2, 1] && [1, 2, 3].slice(1, 2) == [2]',
    "['bb', 'a'].sort() == ['a', 'bb'] && ['bb', 'a'].sortBy(s, size(s)) == ['a', 'bb'] && sets.equivalent([1, 1], [1])",
  ],
}

describe('the functions of expressions', () => {
  for (const [what, expressions] of Object.entries(truths))
    it(`know ${what}`, () => {
      for (const expression of expressions) assert.equal(evaluate(expression), true, expression)
    })

  it('refuse what they cannot read', () => {
    for (const text of [
      "ip('1.2.3')",
      "cidr('1.2.3.4')",
      "url('a b')",
      "semver('1.x')",
      "quantity('x')",
      '[].min() == dyn(1)',
      '[9223372036854775807, 1].sum()',
      "'%d'.format([1.5])",
      "'%'.format([1])",
    ])
      assert.throws(() => evaluate(text), EvaluationError, text)
  })
})
