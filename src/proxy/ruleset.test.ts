import assert from 'node:assert/strict'
import type { Rule } from './rules.ts'
import { pieceOf } from './ruleset.ts'
import { Contents, Transaction } from './transaction.ts'

const cidrs = { pods: '10.244.0.0/16', services: '10.96.0.0/16' }
const one = { address: '10.244.0.2', port: 8080, local: true }
const two = { address: '10.244.1.3', port: 8080, local: false }

const rule = (more: Partial<Rule> = {}): Rule => ({
  name: 'default/web:http',
  protocol: 'tcp',
  clusterIp: '10.96.0.5',
  port: 80,
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  internalLocal: false,
  externalLocal: false,
  cluster: [one, two],
  local: [one],
  anywhere: true,
  ...more,
})

/** What is written to get from some rules to others, without the hashes. */
function written(before: Partial<Rule> | undefined, after: Partial<Rule> | undefined): string[] {
  const contents = new Contents()
  if (before) contents.put('web', pieceOf(rule(before), cidrs), new Transaction('ip t'), 0)
  const transaction = new Transaction('ip t')
  contents.put('web', after && pieceOf(rule(after), cidrs), transaction, 0)
  return String(transaction)
    .trimEnd()
    .replaceAll(/-[0-9A-F]{8}-default\/web\/tcp\/http/g, '')
    .split('\n')
}

const fresh = (more: Partial<Rule>): string[] => written(undefined, more)

describe('ruleset', () => {
  it('a service has a chain that picks a backend at random, and its address leads there', () => {
    assert.deepEqual(fresh({}), [
      'add chain ip t service',
      'add rule ip t service meta l4proto tcp numgen random mod 2 0 dnat to 10.244.0.2:8080',
      'add rule ip t service meta l4proto tcp dnat to 10.244.1.3:8080',
      'add element ip t cluster-ips { 10.96.0.5 }',
      'add element ip t service-ips { 10.96.0.5 . tcp . 80 : goto service }',
      'add element ip t hairpin-connections { 10.244.0.2 . 10.244.0.2 . tcp . 8080 }',
    ])
  })

  it('each of few backends has a rule that takes its part of what is left; many share a map', () => {
    const backends = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ address: `10.244.0.${at}`, port: 80, local: false }))
    const rules = (count: number, more: Partial<Rule> = {}) =>
      fresh({ cluster: backends(count), anywhere: false, ...more }).filter(line => /rule ip t service /.test(line))
    assert.deepEqual(rules(3), [
      'add rule ip t service meta l4proto tcp numgen random mod 3 0 dnat to 10.244.0.0:80',
      'add rule ip t service meta l4proto tcp numgen random mod 2 0 dnat to 10.244.0.1:80',
      'add rule ip t service meta l4proto tcp dnat to 10.244.0.2:80',
    ])
    const many = Array.from({ length: 9 }, (_, at) => `${at} : 10.244.0.${at} . 80`).join(', ')
    assert.deepEqual(rules(9), [
      `add rule ip t service meta l4proto tcp dnat ip addr . port to numgen random mod 9 map { ${many} }`,
    ])
    assert.match(rules(9, { affinitySeconds: 60 }).at(-1)!, /numgen random mod 9 vmap \{ 0 : goto endpoint__10\.244\.0\.0\/80, /)
  })

  it('a node port has a chain that masquerades first', () => {
    assert.deepEqual(
      fresh({ nodePort: 30080 }).filter(line => /external|nodeport/.test(line)),
      [
        'add chain ip t external',
        'add rule ip t external mark set mark or 0x00004000',
        'add rule ip t external goto service',
        'add element ip t service-nodeports { tcp . 30080 : goto external }',
      ],
    )
  })

  it('with the external policy Local the client keeps its address, and pods and the machine may still go anywhere', () => {
    assert.deepEqual(
      fresh({ nodePort: 30080, externalLocal: true }).filter(line => line.includes('rule ip t external')),
      [
        'add rule ip t external ip saddr 10.244.0.0/16 goto service',
        'add rule ip t external fib saddr type local mark set mark or 0x00004000',
        'add rule ip t external fib saddr type local goto service',
        'add rule ip t external goto local',
      ],
    )
  })

  it('without any endpoint traffic is rejected; where the policy alone leaves none it is dropped', () => {
    assert.deepEqual(fresh({ cluster: [], local: [], anywhere: false, nodePort: 30080 }), [
      'add element ip t cluster-ips { 10.96.0.5 }',
      'add element ip t no-endpoint-services { 10.96.0.5 . tcp . 80 : goto reject-chain }',
      'add element ip t no-endpoint-nodeports { tcp . 30080 : goto reject-chain }',
    ])
    assert.ok(
      fresh({ local: [], internalLocal: true }).includes('add element ip t no-endpoint-services { 10.96.0.5 . tcp . 80 : drop }'),
    )
  })

  it('session affinity remembers each client in the set of its backend', () => {
    assert.deepEqual(fresh({ cluster: [one], affinitySeconds: 60 }).slice(0, 7), [
      'add chain ip t service',
      'add chain ip t endpoint__10.244.0.2/8080',
      'add set ip t affinity__10.244.0.2/8080 { type ipv4_addr; flags dynamic,timeout; }',
      'add rule ip t service ip saddr @affinity__10.244.0.2/8080 goto endpoint__10.244.0.2/8080',
      'add rule ip t service goto endpoint__10.244.0.2/8080',
      'add rule ip t endpoint__10.244.0.2/8080 update @affinity__10.244.0.2/8080 { ip saddr timeout 60s }',
      'add rule ip t endpoint__10.244.0.2/8080 meta l4proto tcp dnat to 10.244.0.2:8080',
    ])
  })

  it('a change writes only what changed, and no change writes nothing', () => {
    assert.deepEqual(written({}, {}), [''])
    assert.deepEqual(written({}, { cluster: [one] }), [
      'flush chain ip t service',
      'add rule ip t service meta l4proto tcp dnat to 10.244.0.2:8080',
    ])
    assert.deepEqual(written({}, { port: 81 }), [
      'delete element ip t service-ips { 10.96.0.5 . tcp . 80 }',
      'add element ip t service-ips { 10.96.0.5 . tcp . 81 : goto service }',
    ])
  })

  it('what goes away leaves an empty chain, to be deleted a second later', () => {
    const contents = new Contents()
    contents.put('web', pieceOf(rule(), cidrs), new Transaction('ip t'), 0)
    contents.put('web', undefined, new Transaction('ip t'), 5000)
    assert.deepEqual(contents.sweep(5500), [])
    assert.match(contents.sweep(6000).join(), /^service-/)
  })

  it('an address that two ports share stays until the last of them is gone', () => {
    const contents = new Contents()
    for (const name of ['http', 'https'])
      contents.put(name, pieceOf(rule({ name: `default/web:${name}` }), cidrs), new Transaction('ip t'), 0)
    const first = new Transaction('ip t')
    contents.put('http', undefined, first, 0)
    assert.doesNotMatch(String(first), /delete element ip t cluster-ips/)
    const last = new Transaction('ip t')
    contents.put('https', undefined, last, 0)
    assert.match(String(last), /delete element ip t cluster-ips/)
  })
})
