import assert from 'node:assert/strict'
import type { Service } from '#api/core/v1.ts'
import { PortSet } from './port-set.ts'
import { type Repaired, repaired } from './repair-ports.ts'

const range = { first: 30000, last: 30099 }
const service = (name: string, ...nodePorts: number[]): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'NodePort', ports: nodePorts.map(nodePort => ({ port: 80, nodePort })) },
})
const said = ({ complaints }: Repaired): string[] =>
  complaints.map(({ service, reason, message }) => `${service.metadata.name} ${reason}: ${message}`)

describe('the repair of node ports', () => {
  it('changes nothing where all is right', () => {
    const noted = new PortSet(range).with([30001, 30002])
    const found = repaired(noted, [service('a', 30001), service('b', 30002)], new Map())
    assert.ok(found.ports.equals(noted))
    assert.deepEqual([said(found), found.leaks.size], [[], 0])
  })

  it('notes down what a Service has, and tells what cannot be', () => {
    const found = repaired(
      new PortSet(range).with([30002]),
      [service('a', 30001), service('b', 30002), service('c', 30002), service('d', 80)],
      new Map(),
    )
    assert.deepEqual([...found.ports], [30001, 30002])
    assert.deepEqual(said(found), [
      'a PortNotAllocated: Port 30001 is not allocated; repairing',
      'c PortAlreadyAllocated: Port 30002 was assigned to multiple services; please recreate service',
      'd PortOutOfRange: Port 80 is not within the port range 30000-30099; please recreate service',
    ])
  })

  it('frees a port that nobody has at the third look, and not if somebody has it meanwhile', () => {
    const noted = new PortSet(range).with([30001, 30002])
    const first = repaired(noted, [], new Map())
    const second = repaired(first.ports, [], first.leaks)
    assert.ok(second.ports.equals(noted))
    const third = repaired(second.ports, [service('a', 30002)], second.leaks)
    assert.deepEqual([[...third.ports], said(third)], [[30002], []])
    assert.ok(repaired(third.ports, [], third.leaks).ports.has(30002))
  })
})
