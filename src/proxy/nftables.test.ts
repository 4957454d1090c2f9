import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { realClock } from '#machinery/clock.ts'
import { nftables } from './nftables.ts'
import type { Rule } from './rules.ts'

/*
 * A small network of its own: the machine (with the rules), two pods on it, and someone outside.
 *
 *    outside 192.0.2.2 ── 192.0.2.1 machine ── 10.244.0.2 one
 *                                           └─ 10.244.0.3 two
 */
const place = (name: string): string => `pinnace-${process.pid}-${name}`
const inside = (name: string, ...command: string[]): string =>
  execFileSync('ip', ['netns', 'exec', place(name), ...command], { encoding: 'utf8' })

const problem = process.getuid?.() !== 0 ? 'not root' : missing('ip', '-V') || missing('nft', '--version')

function missing(program: string, flag: string): string {
  try {
    execFileSync(program, [flag], { stdio: 'ignore' })
    return ''
  } catch {
    return `no ${program}`
  }
}

/** Answers over TCP and UDP with its own name and the address it was called from. */
const server = `
  const answer = address => process.argv[1] + ' ' + address
  require('net').createServer(socket => socket.end(answer(socket.remoteAddress))).listen(8080, '0.0.0.0', () => {
    const udp = require('dgram').createSocket('udp4')
    udp.on('message', (_, from) => udp.send(answer(from.address), from.port, from.address))
    udp.bind(5353, () => console.log('ready'))
  })`

/** Calls an address a number of times, one after the other, and prints the answers as JSON. */
const caller = `
  const [protocol, host, port, times] = process.argv.slice(1)
  const tcp = () => new Promise(resolve => {
    let said = ''
    require('net').connect(+port, host).setTimeout(2000, function () { this.destroy(); resolve('timeout') })
      .on('data', data => said += data).on('end', () => resolve(said)).on('error', error => resolve(error.code))
  })
  const udp = () => new Promise(resolve => {
    const socket = require('dgram').createSocket('udp4').on('message', data => { socket.close(); resolve(String(data)) })
    socket.send('?', +port, host)
  })
  ;(async () => {
    const said = []
    for (let i = 0; i < +times; i++) said.push(await (protocol === 'tcp' ? tcp : udp)())
    console.log(JSON.stringify(said))
    process.exit()
  })()`

const call = (from: string, protocol: string, host: string, port: number, times = 1): string[] =>
  JSON.parse(inside(from, process.execPath, '-e', caller, protocol, host, String(port), String(times)))

const who = (answers: string[]): string[] => [...new Set(answers.map(each => each.split(' ')[0]!))].sort()

function link(name: string, gateway: string, address: string): void {
  const far = `p-${name}`
  execFileSync('ip', [
    'link',
    'add',
    far,
    'netns',
    place('machine'),
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    place(name),
  ])
  inside('machine', 'ip', 'address', 'add', `${gateway}/32`, 'dev', far)
  inside('machine', 'ip', 'link', 'set', far, 'up')
  inside('machine', 'ip', 'route', 'add', address, 'dev', far)
  inside(name, 'ip', 'address', 'add', `${address}/32`, 'dev', 'eth0')
  inside(name, 'ip', 'link', 'set', 'eth0', 'up')
  inside(name, 'ip', 'route', 'add', gateway, 'dev', 'eth0')
  inside(name, 'ip', 'route', 'add', 'default', 'via', gateway)
}

const one = { address: '10.244.0.2', port: 8080, local: true }
const two = { address: '10.244.0.3', port: 8080, local: true }
const rule = (more: Partial<Rule> = {}): Rule => ({
  name: 'default/web',
  protocol: 'tcp',
  clusterIp: '10.96.0.5',
  port: 80,
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  internalLocal: false,
  externalLocal: false,
  cluster: [one, two],
  local: [one, two],
  anywhere: true,
  ...more,
})

describe(`nftables in a network of its own${problem && ` (skipped: ${problem})`}`, function () {
  this.timeout(60_000)
  const places = ['machine', 'one', 'two', 'outside']
  const servers: ChildProcess[] = []
  const make = () =>
    nftables({
      cidrs: { pods: '10.244.0.0/16', services: '10.96.0.0/16' },
      clock: realClock,
      command: ['ip', 'netns', 'exec', place('machine'), 'nft'],
    })
  const plane = make()
  const program = (...rules: Partial<Rule>[]): Promise<void> => plane.program(new Map([['default/web', rules.map(rule)]]))

  before(async function () {
    if (problem) return this.skip()
    for (const name of places) execFileSync('ip', ['netns', 'add', place(name)])
    for (const name of places) inside(name, 'ip', 'link', 'set', 'lo', 'up')
    inside('machine', 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')
    link('one', '10.244.0.1', '10.244.0.2')
    link('two', '10.244.0.1', '10.244.0.3')
    link('outside', '192.0.2.1', '192.0.2.2')
    // Without any route at all the machine would not even start to call a cluster IP.
    inside('machine', 'ip', 'route', 'add', 'default', 'via', '192.0.2.2', 'dev', 'p-outside')
    for (const name of ['one', 'two']) {
      const child = spawn('ip', ['netns', 'exec', place(name), process.execPath, '-e', server, name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      servers.push(child)
      await once(child.stdout!, 'data')
    }
  })

  after(async () => {
    for (const child of servers) {
      child.kill()
      await once(child, 'exit')
    }
    if (!problem) for (const name of places) execFileSync('ip', ['netns', 'del', place(name)])
  })

  it('clears away what an earlier life left', async () => {
    await make().program(new Map([['default/old', [rule({ name: 'default/old', clusterIp: '10.96.0.99' })]]]))
    await program({})
    const table = inside('machine', 'nft', 'list', 'table', 'ip', 'kube-proxy')
    assert.match(table, /10\.96\.0\.5/)
    assert.doesNotMatch(table, /10\.96\.0\.99/)
  })

  it('a pod, the machine itself and the outside reach every backend through the cluster IP', () => {
    for (const from of ['one', 'machine', 'outside']) {
      assert.deepEqual(who(call(from, 'tcp', '10.96.0.5', 80, 30)), ['one', 'two'], `from ${from}`)
    }
  })

  it('a pod reaches itself through its service', async () => {
    await program({ cluster: [one] })
    assert.deepEqual(who(call('one', 'tcp', '10.96.0.5', 80)), ['one'])
  })

  it('a pod is seen by another pod under its own address', async () => {
    await program({ cluster: [two] })
    assert.deepEqual(call('one', 'tcp', '10.96.0.5', 80), ['two 10.244.0.2'])
  })

  it('UDP is answered', async () => {
    await program({ protocol: 'udp', port: 53, cluster: [{ ...one, port: 5353 }] })
    assert.deepEqual(call('two', 'udp', '10.96.0.5', 53), ['one 10.244.0.3'])
  })

  it('a node port answers on every address of the machine, masqueraded unless the policy is Local', async () => {
    await program({ nodePort: 30080 })
    assert.deepEqual(who(call('outside', 'tcp', '192.0.2.1', 30080, 30)), ['one', 'two'])
    assert.deepEqual(who(call('machine', 'tcp', '192.0.2.1', 30080, 30)), ['one', 'two'])
    assert.doesNotMatch(call('outside', 'tcp', '192.0.2.1', 30080)[0]!, /192\.0\.2\.2/)
    await program({ nodePort: 30080, externalLocal: true, local: [two] })
    assert.deepEqual(call('outside', 'tcp', '192.0.2.1', 30080), ['two 192.0.2.2'])
  })

  it('with session affinity a client keeps its backend', async () => {
    await program({ affinitySeconds: 60 })
    assert.equal(who(call('outside', 'tcp', '10.96.0.5', 80, 20)).length, 1)
  })

  it('a service without endpoints, and a port that it does not have, refuse at once', async () => {
    await program({ cluster: [], local: [], anywhere: false, nodePort: 30080 })
    assert.deepEqual(call('one', 'tcp', '10.96.0.5', 80), ['ECONNREFUSED'])
    assert.deepEqual(call('outside', 'tcp', '192.0.2.1', 30080), ['ECONNREFUSED'])
    assert.deepEqual(call('machine', 'tcp', '10.96.0.5', 81), ['ECONNREFUSED'])
  })

  it('makes good for a failure: the next call writes everything again', async () => {
    await assert.rejects(program({ port: 99_999 }), /nft: /)
    await program({})
    assert.deepEqual(who(call('one', 'tcp', '10.96.0.5', 80, 30)), ['one', 'two'])
  })

  it('takes everything back when asked', async () => {
    await plane.remove()
    assert.equal(inside('machine', 'nft', 'list', 'tables').trim(), '')
  })
})
