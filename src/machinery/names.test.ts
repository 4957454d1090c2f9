import { deepEqual, equal, match } from 'node:assert/strict'
import * as ips from './ip.ts'
import * as names from './names.ts'

const qualified =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

describe('names', () => {
  const fine: [names.NameCheck, string[]][] = [
    [names.dns1123Label, ['a', 'ab', '1', 'a-1', '0-0', 'a'.repeat(63)]],
    [names.dns1123Subdomain, ['a', 'a.b', 'a-b.c-d', '1.2.3', 'a'.repeat(253)]],
    [names.dns1035Label, ['a', 'ab-1', 'a'.repeat(63)]],
    [names.wildcardSubdomain, ['*.example.com', '*.bar.com']],
    [names.qualifiedName, ['simple', 'now-with-dashes', '1-starts-with-num', 'example.com/MyName', '1.2.3.4/5678', 'A_b.C']],
    [names.labelValue, ['', 'simple', 'now_with.all-things', 'A', '1'.repeat(63)]],
    [names.cIdentifier, ['a', '_', 'A_1']],
    [names.envVarName, ['a', 'my.ENV-var_1', '.a']],
    [names.relaxedEnvVarName, ['1a', 'a b', '!"#', ' ']],
    [names.configMapKey, ['a', 'good', '.good', 'a.b_c-D', '...good'.slice(2)]],
    [names.portName, ['http', 'a-1', '1a', 'telnet']],
    [names.percent, ['0%', '93%', '100%']],
    [names.httpHeaderName, ['X-Name', 'a']],
  ]
  for (const [check, values] of fine) {
    for (const value of values) it(`takes ${value.slice(0, 20)} for a good one`, () => deepEqual(check(value), []))
  }

  const bad: [names.NameCheck, string, string[]][] = [
    [names.dns1123Label, 'a.b', ['must not contain dots']],
    [names.dns1123Label, 'a'.repeat(64), ['must be no more than 63 characters']],
    [
      names.dns1123Label,
      'A',
      [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    [
      names.dns1123Subdomain,
      'A_B',
      [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    ],
    [names.qualifiedName, 'a/', ['name part must be non-empty', `name part ${qualified}`]],
    [names.qualifiedName, '/a', ['prefix part must be non-empty']],
    [
      names.qualifiedName,
      'a/b/c',
      [`a valid label key ${qualified} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
    ],
    [names.labelValue, 'é'.repeat(32), ['must be no more than 63 bytes', names.labelValue('-')[0]!]],
    [names.portName, '-', ['must contain at least one letter (a-z)', 'must not begin or end with a hyphen']],
    [names.configMapKey, '..', ["must not be '..'"]],
    [names.configMapKey, '..a', ["must not start with '..'"]],
    [names.relaxedEnvVarName, '', ['environment variable name must be non-empty']],
    [
      names.relaxedEnvVarName,
      'a=b',
      ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    ],
    [
      names.percent,
      '1',
      [
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ],
    ],
  ]
  for (const [check, value, problems] of bad) {
    it(`says what is wrong with ${value.slice(0, 20)}`, () => deepEqual(check(value), problems))
  }

  it('does not take long over long names', () => {
    for (const check of [names.dns1123Subdomain, names.qualifiedName, names.labelValue, names.wildcardSubdomain]) {
      match(check(`${'a-.'.repeat(100_000)}!`).join(), /must/)
    }
  })

  it('judges numbers', () => {
    deepEqual(names.portNumber(0), ['must be between 1 and 65535, inclusive'])
    deepEqual(names.portNumber(65535), [])
    deepEqual(names.userId(-1), ['must be between 0 and 2147483647, inclusive'])
  })
})

describe('addresses', () => {
  it('are read in any notation and written in the canonical one', () => {
    const forms: [string, string][] = [
      ['10.0.0.1', '10.0.0.1'],
      ['::', '::'],
      ['0:0:0:0:0:0:0:1', '::1'],
      ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
      ['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:0'],
      ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
      ['::ffff:1.2.3.4', '1.2.3.4'],
    ]
    for (const [text, canonical] of forms) equal(ips.formatIp(ips.parseIp(text)!), canonical)
    for (const text of ['', 'x', '1.2.3', '1.2.3.256', '01.2.3.4', 'fe80::1%eth0', ':::']) equal(ips.parseIp(text), undefined)
  })

  it('lie in ranges or do not', () => {
    const range = ips.parseCidr('10.244.0.0/16')!
    equal(ips.contains(range, ips.parseIp('10.244.3.1')!), true)
    equal(ips.contains(range, ips.parseIp('10.245.0.0')!), false)
    equal(ips.contains(range, ips.parseIp('::')!), false)
    equal(ips.formatCidr(ips.parseCidr('10.1.2.3/8')!), '10.0.0.0/8')
  })

  const problems: [(value: string) => string[], string, string][] = [
    [ips.ip, 'x', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    [ips.ip, '010.2.3.4', 'must not have leading 0s'],
    [ips.ip, '::ffff:1.2.3.4', 'must not be an IPv4-mapped IPv6 address'],
    [ips.canonicalIp, 'FE80::1', 'must be in canonical form ("fe80::1")'],
    [ips.cidr, '1.2.3.4', 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    [ips.cidr, '10.0.0.0/08', 'must not have leading 0s in IP or prefix length'],
    [ips.cidr, '10.0.0.1/8', 'must not have bits set beyond the prefix length'],
    [ips.cidr, '::ffff:1.2.3.4/128', 'must not have an IPv4-mapped IPv6 address'],
    [ips.canonicalCidr, '2001:DB8::/32', 'must be in canonical form ("2001:db8::/32")'],
  ]
  for (const [check, value, problem] of problems) it(`${value}: ${problem}`, () => deepEqual(check(value), [problem]))
  it('that are right raise no problem', () => {
    deepEqual([...ips.ip('FE80::1'), ...ips.canonicalIp('::1'), ...ips.cidr('0.0.0.0/0'), ...ips.canonicalCidr('fd00::/8')], [])
  })
})
