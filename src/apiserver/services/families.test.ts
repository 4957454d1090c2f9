import assert from 'node:assert/strict'
import type { ServiceSpec } from '#api/core/v1.ts'
import { clone } from '#machinery/clone.ts'
import type { Family } from '#machinery/service/addresses.ts'
import { settleFamilies } from './families.ts'

const four: readonly Family[] = ['IPv4']
const both: readonly Family[] = ['IPv6', 'IPv4']
const plain: ServiceSpec = { type: 'ClusterIP', selector: { app: 'web' } }
const headless: ServiceSpec = { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] }
const dual: ServiceSpec = {
  ...plain,
  clusterIP: 'fd00::1',
  clusterIPs: ['fd00::1', '10.0.0.1'],
  ipFamilies: ['IPv6', 'IPv4'],
  ipFamilyPolicy: 'PreferDualStack',
}

describe('the families of a Service', () => {
  const settled: [string, ServiceSpec, ServiceSpec | undefined, readonly Family[], [string?, string[]?, string[]?]][] = [
    ['that says nothing: the default one', plain, undefined, both, ['SingleStack', ['IPv6']]],
    [
      'that prefers two, where there is one',
      { ...plain, ipFamilyPolicy: 'PreferDualStack' },
      undefined,
      four,
      ['PreferDualStack', ['IPv4']],
    ],
    [
      'that prefers two, where there are',
      { ...plain, ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'] },
      undefined,
      both,
      ['PreferDualStack', ['IPv4', 'IPv6']],
    ],
    [
      'that asks for an address',
      { ...plain, clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] },
      undefined,
      both,
      ['SingleStack', ['IPv4'], ['10.0.0.1']],
    ],
    ['without address and pods: both', headless, undefined, four, ['RequireDualStack', ['IPv4', 'IPv6'], ['None']]],
    ['without address, with pods', { ...headless, selector: { a: 'b' } }, undefined, four, ['SingleStack', ['IPv4'], ['None']]],
    ['that is a name: none', { type: 'ExternalName' }, undefined, four, []],
    [
      'that comes to want one only',
      { ...dual, ipFamilyPolicy: 'SingleStack' },
      dual,
      both,
      ['SingleStack', ['IPv6'], ['fd00::1']],
    ],
    [
      'that prefers two and has them, where there is but one left',
      dual,
      dual,
      four,
      ['PreferDualStack', ['IPv6', 'IPv4'], ['fd00::1', '10.0.0.1']],
    ],
  ]
  for (const [title, spec, before, known, expected] of settled)
    it(title, () => {
      const after = clone(spec)
      assert.deepEqual(settleFamilies(after, before, known), [])
      assert.deepEqual([after.ipFamilyPolicy, after.ipFamilies, after.clusterIPs].slice(0, expected.length), expected)
    })

  const refused: [string, ServiceSpec, ServiceSpec | undefined, readonly Family[], string][] = [
    [
      'two demanded of a cluster of one',
      { ...plain, ipFamilyPolicy: 'RequireDualStack' },
      undefined,
      four,
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      'one that the cluster has not',
      { ...plain, ipFamilies: ['IPv6'] },
      undefined,
      four,
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ],
    [
      'an address of one that the cluster has not',
      { ...plain, clusterIP: 'fd00::1', clusterIPs: ['fd00::1'] },
      undefined,
      four,
      'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster',
    ],
    [
      'two with the policy of one',
      { ...plain, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] },
      undefined,
      both,
      `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    ],
    [
      'letting go of one without a word',
      { ...dual, clusterIPs: ['fd00::1'] },
      dual,
      both,
      `spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary cluster IP`,
    ],
    [
      'what is no address',
      { ...plain, clusterIP: 'x', clusterIPs: ['x'] },
      undefined,
      four,
      'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ]
  for (const [title, spec, before, known, expected] of refused)
    it(`cannot be ${title}`, () => {
      const said = settleFamilies(clone(spec), before, known).map(({ field, message }) => `${field}: ${message}`)
      assert.deepEqual(said, [expected])
    })
})
