import pods from '#resources/core/pods.ts'
import { itRefuses } from '#resources/refusals.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const volumes = [
  { name: 'v', emptyDir: {} },
  { name: 'w', persistentVolumeClaim: { claimName: 'c' } },
]
const withContainer = (container: object) => ({
  spec: {
    containers: [{ name: 'a', image: 'i', ...container }],
    volumes,
    resourceClaims: [{ name: 'gpu', resourceClaimName: 'g' }],
  },
})

describe('what a container asks for', () => {
  itRefuses(pods, 'spec.containers[0].resources', (resources: object) => withContainer({ resources }), [
    [{ requests: { cpu: '1', memory: '1Gi', 'example.com/dongle': '1' }, limits: { 'example.com/dongle': '1' } }],
    [
      { limits: { bananas: '1' } },
      '.limits[bananas]: Invalid value: "bananas": must be a standard resource type or fully qualified',
      '.limits[bananas]: Invalid value: "bananas": must be a standard resource for containers',
      '.requests[bananas]: Invalid value: "bananas": must be a standard resource type or fully qualified',
      '.requests[bananas]: Invalid value: "bananas": must be a standard resource for containers',
    ],
    [{ requests: { cpu: '-1' } }, '.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    [
      { requests: { cpu: '2' }, limits: { cpu: '1' } },
      '.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      { requests: { 'example.com/d': '1' }, limits: { 'example.com/d': '2' } },
      '.requests: Invalid value: "1": must be equal to example.com/d limit of 2',
    ],
    [{ requests: { 'example.com/d': '1' } }, '.limits: Required value: Limit must be set for non overcommitable resources'],
    [
      { limits: { 'example.com/d': '500m' } },
      '.limits[example.com/d]: Invalid value: "500m": must be an integer',
      '.requests[example.com/d]: Invalid value: "500m": must be an integer',
    ],
    [{ limits: { 'hugepages-2Mi': '4Mi', cpu: '1' } }],
    [{ limits: { 'hugepages-2Mi': '4Mi' } }, ': Forbidden: HugePages require cpu or memory'],
    [
      { limits: { 'hugepages-2Mi': '3Mi', cpu: '1' } },
      '.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      '.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
    ],
    [{ claims: [{ name: 'gpu' }] }],
    [{ claims: [{}] }, '.claims[0]: Required value'],
    [{ claims: [{ name: 'x' }] }, '.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims: gpu'],
    [{ claims: [{ name: 'gpu' }, { name: 'gpu' }] }, '.claims[1]: Duplicate value: "gpu"'],
    [{ claims: [{ name: 'gpu', request: 'r' }, { name: 'gpu' }] }, '.claims[1]: Duplicate value: "gpu"'],
    [
      {
        claims: [
          { name: 'gpu', request: 'r' },
          { name: 'gpu', request: 'r' },
        ],
      },
      '.claims[1]: Duplicate value: "gpu/r"',
    ],
    [{ claims: [{ name: 'gpu', request: 'R' }] }, `.claims[0].request: Invalid value: "R": ${label}`],
  ])
})
