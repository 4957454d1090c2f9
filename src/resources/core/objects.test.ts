import { itRefuses, itRefusesChanges } from '#resources/refusals.ts'
import configMaps from './configmaps.ts'
import nodes from './nodes.ts'
import secrets from './secrets.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const fields = (object: object) => object as Record<string, unknown>
const key =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

describe('a config map', () => {
  itRefuses(configMaps, '', fields, [
    [{ data: { a: '1' } }],
    [{ data: { 'a b': '1' } }, `data[a b]: Invalid value: "a b": ${key}`],
    [{ binaryData: { '..': '' } }, 'binaryData[..]: Invalid value: "..": must not be \'..\''],
    [{ data: { '..a': '' } }, 'data[..a]: Invalid value: "..a": must not start with \'..\''],
  ])
  itRefusesChanges(configMaps, '', fields, [
    [{ immutable: true }, {}, 'immutable: Forbidden: field is immutable when `immutable` is set'],
    [
      { immutable: true, binaryData: { a: '' } },
      { immutable: true },
      'binaryData: Forbidden: field is immutable when `immutable` is set',
    ],
  ])
})

describe('a secret', () => {
  itRefuses(secrets, '', fields, [
    [{ data: { a: '' } }],
    [{ type: 'kubernetes.io/service-account-token' }, 'metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    [{ type: 'kubernetes.io/dockercfg' }, 'data[.dockercfg]: Required value'],
    [{ type: 'kubernetes.io/dockercfg', data: { '.dockercfg': base64('{}') } }],
    [
      { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('[]') } },
      'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [{ type: 'kubernetes.io/basic-auth' }, 'data[username]: Required value', 'data[password]: Required value'],
    [{ type: 'kubernetes.io/basic-auth', data: { password: '' } }],
    [{ type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': '' } }, 'data[ssh-privatekey]: Required value'],
    [{ type: 'kubernetes.io/tls' }, 'data[tls.crt]: Required value', 'data[tls.key]: Required value'],
  ])
  itRefusesChanges(secrets, '', fields, [
    [
      { immutable: true, data: { a: '' } },
      { immutable: true, data: { a: 'eA==' } },
      'data: Forbidden: field is immutable when `immutable` is set',
    ],
    [
      {},
      { type: 'kubernetes.io/tls' },
      'type: Invalid value: "kubernetes.io/tls": field is immutable',
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ],
  ])
})

describe('a node', () => {
  const node = ({ status, ...spec }: { status?: object }) => ({ metadata: { name: 'x' }, spec, ...(status && { status }) })
  itRefuses(nodes, 'spec', node, [
    [{ podCIDRs: ['10.0.0.0/24', 'fd00::/64'] }],
    [
      { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] },
      '.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
    ],
    [{ taints: [{ key: 'a' }] }, 'metadata.taints[0].effect: Required value'],
    [
      { taints: [{ key: 'a', effect: 'X' }] },
      'metadata.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
    [
      { status: { capacity: { cpu: '-1' } } },
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ])
  const fixed = 'node updates may not change podCIDR except from "" to valid'
  itRefusesChanges(nodes, 'spec', node, [
    [{}, { podCIDR: '10.0.0.0/24', providerID: 'p' }],
    [
      { podCIDRs: ['10.0.0.0/24', 'fd00::/64'] },
      { podCIDRs: ['10.0.1.0/24', 'fd01::/64'] },
      `.podCIDRs: Forbidden: ${fixed}`,
      `.podCIDRs: Forbidden: ${fixed}`,
    ],
    [
      { providerID: 'p' },
      { providerID: 'q' },
      '.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
    [{ externalID: 'p' }, {}, '.externalID: Forbidden: may not be updated'],
    [
      {},
      {
        status: {
          addresses: [
            { type: 'InternalIP', address: '1' },
            { type: 'InternalIP', address: '1' },
          ],
        },
      },
      'status.addresses[1]: Duplicate value: {"type":"InternalIP","address":"1"}',
    ],
  ])
})
