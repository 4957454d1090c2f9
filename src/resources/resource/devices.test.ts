import assert from 'node:assert/strict'
import type { ResourceClaim } from '#api/resource/v1.ts'
import type { Resource } from '#apiserver/resource.ts'
import { complaints, shown, asStored as stored } from '#resources/as-stored.ts'
import classes from './deviceclasses.ts'
import claims from './resourceclaims.ts'
import templates from './resourceclaimtemplates.ts'
import slices from './resourceslices.ts'

type Fields = Record<string, unknown>

const exactly = { deviceClassName: 'gpu' }
const claim = (devices: Fields): Fields => ({ spec: { devices } })
const requests = [{ name: 'r', exactly }]
const slice = (fields: Fields): Fields => ({
  spec: { driver: 'd.example.com', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, nodeName: 'n', ...fields },
})

describe('devices', () => {
  it('are asked for one at a time where nothing else is said', () => {
    const { spec } = stored(claims, claim({ requests })) as unknown as ResourceClaim
    assert.deepEqual(spec.devices?.requests?.[0]?.exactly, { ...exactly, allocationMode: 'ExactCount', count: 1 })
  })

  const cases: [string, Resource, Fields, Fields | undefined, string[]][] = [
    ['a claim that says what it must', claims, claim({ requests }), undefined, []],
    [
      'a request for nothing, and one for two things',
      claims,
      claim({ requests: [{ name: 'A' }, { name: 'b', exactly, firstAvailable: [{ name: 'c', ...exactly }] }] }),
      undefined,
      [
        `spec.devices.requests[0].name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
        'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
        'spec.devices.requests[1]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      ],
    ],
    [
      'all of them, but three; and a constraint on what nobody asked for',
      claims,
      claim({
        requests: [{ name: 'r', exactly: { ...exactly, allocationMode: 'All', count: 3 } }],
        constraints: [{ requests: ['q'], matchAttribute: 'model' }],
      }),
      undefined,
      [
        "spec.devices.requests[0].exactly.count: Invalid value: 3: must not be specified when allocationMode is 'All'",
        'spec.devices.constraints[0].requests[0]: Invalid value: "q": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
        'spec.devices.constraints[0].matchAttribute: Invalid value: "model": a fully qualified name must be a domain and a name separated by a slash',
      ],
    ],
    [
      'another claim in the place of one',
      templates,
      { spec: { spec: { devices: { requests } } } },
      { spec: { spec: { devices: {} } } },
      [
        'spec: Invalid value: {"spec":{"devices":{"requests":[{"name":"r","exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":1}}]}}}: field is immutable',
      ],
    ],
    [
      'a selector without an expression, a configuration without parameters',
      classes,
      { spec: { selectors: [{}], config: [{ opaque: { driver: 'd' } }], extendedResourceName: 'cpu' } },
      undefined,
      [
        'spec.selectors[0].cel: Required value',
        'spec.config[0].opaque.parameters: Required value',
        'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
      ],
    ],
    ['a slice that says what it must', slices, slice({ devices: [{ name: 'a' }] }), undefined, []],
    [
      'a slice of two places',
      slices,
      slice({ allNodes: true }),
      undefined,
      [
        'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      ],
    ],
    [
      'attributes that are two things or nothing, and amounts in portions that do not fit',
      slices,
      slice({
        devices: [
          {
            name: 'a',
            allowMultipleAllocations: true,
            attributes: { both: { string: 'x', int: 1 }, version: { version: '1' } },
            capacity: { memory: { value: '10', requestPolicy: { default: '3', validRange: { min: '1', step: '4' } } } },
          },
        ],
      }),
      undefined,
      [
        'spec.devices[0].attributes[both]: Invalid value: {"string":"x","int":1}: exactly one value must be specified',
        'spec.devices[0].attributes[version].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
        'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (4) from (1)',
      ],
    ],
  ]
  for (const [title, resource, fields, before, wanted] of cases)
    it(`are checked: ${title}`, () => assert.deepEqual(complaints(resource, fields, before), wanted))

  it('are given to a claim once, and kept for those who use it', () => {
    const before = stored(claims, claim({ requests })) as unknown as ResourceClaim
    const result = { request: 'r', driver: 'd.example.com', pool: 'p', device: 'a' }
    const status = { allocation: { devices: { results: [result] } }, reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }] }
    const given = { ...before, status }
    assert.deepEqual([...claims.validateStatus!(given, before)], [])
    assert.equal(shown(claims, given)[1], 'allocated,reserved')
    const { allocation: _, ...reserved } = status
    const [cause] = [...claims.validateStatus!({ ...before, status: reserved } as ResourceClaim, before)]
    assert.equal(cause?.message, 'Forbidden: may not be specified when `allocated` is not set')
    const other = { ...status, allocation: { devices: { results: [{ ...result, device: 'b' }] } } }
    const [changed] = [...claims.validateStatus!({ ...before, status: other } as ResourceClaim, given)]
    assert.equal(changed?.field, 'status.allocation')
  })
})
