import assert from 'node:assert/strict'
import type { IPAddress, ServiceCIDR } from '#api/networking/v1.ts'
import { holding, mayGo, overlapping } from './service-cidrs.ts'

const range = (name: string, cidrs: string[], deleted = false): ServiceCIDR => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name, ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  spec: { cidrs },
})
const address = (name: string, manager = 'ipallocator.k8s.io'): IPAddress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IPAddress',
  metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': manager } },
  spec: { parentRef: { resource: 'services', name: 'web' } },
})

describe('a ServiceCIDR that is deleted', () => {
  const mine = range('mine', ['10.0.0.0/24'], true)
  const cases: [string, ServiceCIDR[], string[], boolean][] = [
    ['goes, if no Service has an address of it', [], ['10.0.1.1', 'fd00::1'], true],
    ['stays, if one has', [], ['10.0.0.1'], false],
    ['goes, if another holds all of it', [range('all', ['10.0.0.0/16'])], ['10.0.0.1'], true],
    ['goes, if another holds all that is used of it', [range('half', ['10.0.0.0/25'])], ['10.0.0.1'], true],
    ['stays, if another holds but half of that', [range('half', ['10.0.0.0/25'])], ['10.0.0.1', '10.0.0.200'], false],
    ['stays, if the other is being deleted too', [range('all', ['10.0.0.0/16'], true)], ['10.0.0.1'], false],
    ['stays, if the address is but the last one of the other', [range('half', ['10.0.0.0/25'])], ['10.0.0.127'], false],
  ]
  for (const [title, others, ips, expected] of cases)
    it(title, () =>
      assert.equal(
        mayGo(
          mine,
          [mine, ...others],
          ips.map(ip => address(ip)),
        ),
        expected,
      ),
    )

  it('is not kept by addresses that others keep', () => {
    assert.equal(mayGo(mine, [mine], [address('10.0.0.1', 'somebody')]), true)
  })
})

describe('ServiceCIDRs', () => {
  const all = [range('a', ['10.0.0.0/16', 'fd00::/112']), range('b', ['10.0.7.0/24']), range('c', ['10.1.0.0/16'])]
  const names = (found: readonly ServiceCIDR[]): (string | undefined)[] => found.map(({ metadata }) => metadata.name)

  it('overlap, the larger the smaller and the other way round', () => {
    assert.deepEqual(names(overlapping(all[0]!, all)), ['a', 'b'])
    assert.deepEqual(names(overlapping(all[1]!, all)), ['a', 'b'])
    assert.deepEqual(names(overlapping(all[2]!, all)), ['c'])
  })

  it('hold addresses', () => {
    assert.deepEqual(names(holding(address('10.0.7.1'), all)), ['a', 'b'])
    assert.deepEqual(names(holding(address('10.0.7.0'), all)), ['a'])
    assert.deepEqual(names(holding(address('fd00::7'), all)), ['a'])
    assert.deepEqual(names(holding(address('10.1.0.1', 'somebody'), all)), [])
  })
})
