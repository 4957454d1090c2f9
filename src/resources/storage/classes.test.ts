import assert from 'node:assert/strict'
import type { Resource } from '#apiserver/resource.ts'
import { complaints } from '#resources/as-stored.ts'
import capacities from './csistoragecapacities.ts'
import attributes from './volumeattributesclasses.ts'

type Fields = Record<string, unknown>

describe('storage capacities and classes of attributes', () => {
  const fast = { driverName: 'd.example.com', parameters: { iops: '1' } }
  const cases: [string, Resource, Fields, Fields | undefined, string[]][] = [
    [
      'less than nothing',
      capacities,
      { storageClassName: 'fast', capacity: '-1' },
      undefined,
      ['capacity: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      'capacity of another class',
      capacities,
      { storageClassName: 'slow' },
      { storageClassName: 'fast' },
      ['storageClassName: Invalid value: "slow": field is immutable'],
    ],
    [
      'a class that asks for nothing',
      attributes,
      { driverName: 'd.example.com' },
      undefined,
      ['parameters: Required value: must contain at least one key/value pair'],
    ],
    [
      'a class that changes its mind',
      attributes,
      { ...fast, parameters: { iops: '2' } },
      fast,
      ['parameters: Forbidden: updates to parameters are forbidden.'],
    ],
  ]
  for (const [title, resource, fields, before, wanted] of cases)
    it(`are checked: ${title}`, () => assert.deepEqual(complaints(resource, fields, before), wanted))
})
