import assert from 'node:assert/strict'
import type { Resource } from '#apiserver/resource.ts'
import { complaints, shown, asStored as stored } from '#resources/as-stored.ts'
import addresses from './ipaddresses.ts'
import ranges from './servicecidrs.ts'

type Fields = Record<string, unknown>

const cidrs = (...list: readonly string[]): Fields => ({ spec: { cidrs: list } })
const parentRef = { resource: 'services', namespace: 'default', name: 'web' }

describe('addresses of Services', () => {
  const cases: [string, Resource, Fields, Fields | undefined, string[]][] = [
    ['a range of each family', ranges, cidrs('10.0.0.0/16', 'fd00::/112'), undefined, []],
    ['no range', ranges, {}, undefined, ['spec.cidrs: Required value: at least one CIDR required']],
    [
      'two ranges of one family',
      ranges,
      cidrs('10.0.0.0/16', '10.1.0.0/16'),
      undefined,
      [
        'spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    ],
    ['a second range that comes later', ranges, cidrs('10.0.0.0/16', 'fd00::/112'), cidrs('10.0.0.0/16'), []],
    [
      'another range',
      ranges,
      cidrs('10.1.0.0/16'),
      cidrs('10.0.0.0/16'),
      ['spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable'],
    ],
    ['an address without an owner', addresses, {}, undefined, ['spec.parentRef: Required value']],
    [
      'an owner that is no name',
      addresses,
      { spec: { parentRef: { resource: 'a/b' } } },
      undefined,
      [`spec.parentRef.resource: Invalid value: "a/b": may not contain '/'`, 'spec.parentRef.name: Required value'],
    ],
  ]
  for (const [title, resource, fields, before, wanted] of cases)
    it(`are checked: ${title}`, () => assert.deepEqual(complaints(resource, fields, before), wanted))

  it('are named by themselves, written in the one way', () => {
    assert.deepEqual([...addresses.validateName!('10.0.0.1', false)], [])
    assert.equal([...addresses.validateName!('10.0.0.01', false)].length, 1)
    assert.equal([...addresses.validateName!('fd00:0::1', false)].length, 1)
  })

  it('show whose they are', () => {
    assert.deepEqual(shown(addresses, stored(addresses, { spec: { parentRef } })), ['x', 'services/default/web', '60s'])
  })
})
