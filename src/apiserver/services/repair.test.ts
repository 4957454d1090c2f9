import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { HandClock, type Reply, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { one } from '#storage/storage.ts'

const services = '/api/v1/namespaces/default/services'
const addresses = '/apis/networking.k8s.io/v1/ipaddresses'
const portsKey = '/registry/ranges/servicenodeports'

describe('the repair of what Services have', () => {
  const clock = new HandClock()
  let api: TestServer
  before(async () => {
    api = await startTestServer({ clock })
  })
  after(() => api.stop())

  /** Lets time go by until it is so. */
  const until = async (isSo: () => Promise<boolean>, stepMs = 0): Promise<void> => {
    for (let tried = 0; !(await isSo()); tried++) {
      assert.ok(tried < 200, 'it comes to be so')
      clock.pass(stepMs)
      await pause(20)
    }
  }
  const isThere = async (path: string): Promise<boolean> => (await api.admin('GET', path)).code === 200
  const told = async (about: string): Promise<string[]> => {
    const { body } = await api.admin('GET', '/api/v1/events')
    const events: Reply['body'][] = body.items.filter((event: Reply['body']) => event.involvedObject.name === about)
    return events.map(({ reason, message }) => `${reason}: ${message}`)
  }
  const made = async (name: string, spec: object = {}): Promise<Reply['body']> =>
    (await api.admin('POST', services, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } })).body
  /** Writes past the API server, as a crash between two writes leaves it. */
  const alter = async (key: string, change: (object: Reply['body']) => void): Promise<void> => {
    const [entry] = (await api.storage.read(one(key))).entries
    const object = JSON.parse(Buffer.from(entry!.value).toString())
    change(object)
    await api.storage.write({ key, value: Buffer.from(JSON.stringify(object)), expected: entry!.revision })
  }

  it('frees an address whose Service never came, after a while', async () => {
    const labels = {
      'ipaddress.kubernetes.io/ip-family': 'IPv4',
      'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
    }
    const parentRef = { resource: 'services', namespace: 'default', name: 'never' }
    await api.admin('POST', addresses, { metadata: { name: '10.96.9.9', labels }, spec: { parentRef } })
    await api.admin('POST', addresses, { metadata: { name: '10.96.9.8' }, spec: { parentRef } })
    assert.equal((await made('early', { clusterIP: '10.96.9.9' })).code, 422)
    await until(async () => !(await isThere(`${addresses}/10.96.9.9`)), 61_000)
    assert.deepEqual(await told('10.96.9.9'), [
      'IPAddressNotAllocated: IPAddress: 10.96.9.9 for Service default/never appears to have leaked: cleaning up',
    ])
    assert.ok(await isThere(`${addresses}/10.96.9.8`), 'what others keep is theirs')
    assert.equal((await made('early', { clusterIP: '10.96.9.9' })).kind, 'Service')
  })

  it('puts an address back at once that somebody has deleted, or said to be another’s', async () => {
    const { spec } = await made('robbed')
    const address = `${addresses}/${spec.clusterIP}`
    const holder = async (): Promise<string> => (await api.admin('GET', address)).body.spec?.parentRef.name
    await api.admin('DELETE', address)
    await until(() => isThere(address))
    await until(async () => (await told('robbed')).length === 1)
    assert.deepEqual(await told('robbed'), [
      `ClusterIPNotAllocated: Cluster IP [IPv4]: ${spec.clusterIP} is not allocated; repairing`,
    ])
    await alter(`/registry/ipaddresses/${spec.clusterIP}`, object => (object.spec.parentRef.name = 'nobody'))
    await until(async () => (await holder()) === 'robbed')
    await alter(`/registry/ipaddresses/${spec.clusterIP}`, object => delete object.metadata.labels)
    await until(async () => Object.keys((await api.admin('GET', address)).body.metadata.labels ?? {}).length === 2)
  })

  it('takes away an address that its Service has let go of, and tells of two that have the same', async () => {
    const one = await made('one')
    const two = await made('two')
    await alter('/registry/services/specs/default/two', ({ spec }) => {
      spec.clusterIP = one.spec.clusterIP
      spec.clusterIPs = [spec.clusterIP]
    })
    const why = `Cluster IP [IPv4]:${one.spec.clusterIP} was assigned to multiple services; please recreate service`
    await until(async () => (await told('two')).includes(`ClusterIPAlreadyAllocated: ${why}`))
    await until(async () => !(await isThere(`${addresses}/${two.spec.clusterIP}`)), 61_000)
    assert.deepEqual((await api.admin('GET', `${addresses}/${one.spec.clusterIP}`)).body.spec.parentRef.name, 'one')
    assert.match((await told(two.spec.clusterIP)).join(), /^IPAddressWrongReference: .* has a wrong reference; cleaning up$/)
  })

  it('frees a node port that nobody has, but not before it has looked three times', async () => {
    const { spec } = await made('node', { type: 'NodePort' })
    const { nodePort } = spec.ports[0]
    const taken = async (): Promise<string> =>
      Buffer.from(
        JSON.parse(Buffer.from((await api.storage.read(one(portsKey))).entries[0]!.value).toString()).data,
        'base64',
      ).toString('hex')
    const right = await taken()
    await alter(portsKey, object => {
      const bytes = Buffer.from(object.data, 'base64')
      bytes[0]! |= 0x40
      object.data = bytes.toString('base64')
    })
    let looks = 0
    await until(async () => {
      looks++
      return (await taken()) === right
    }, 181_000)
    assert.ok(looks > 3)
    await api.admin('DELETE', `${services}/node`)
    assert.equal((await made('again', { type: 'NodePort', ports: [{ port: 80, nodePort }] })).spec.ports[0].nodePort, nodePort)
  })

  it('tells of an address that is in no range any more', async () => {
    const cidrs = '/apis/networking.k8s.io/v1/servicecidrs'
    await api.admin('POST', cidrs, { metadata: { name: 'more' }, spec: { cidrs: ['10.7.0.0/24'] } })
    await made('far', { clusterIP: '10.7.0.9' })
    await api.admin('DELETE', `${cidrs}/more`)
    await until(async () => (await told('far')).length > 0, 61_000)
    assert.deepEqual(await told('far'), [
      'ClusterIPOutOfRange: Cluster IP [IPv4]: 10.7.0.9 is not within any configured Service CIDR; please recreate service',
    ])
  })

  it('tells of an address that is none', async () => {
    await made('odd')
    await alter('/registry/services/specs/default/odd', ({ spec }) => (spec.clusterIPs = ['010.7.0.9']))
    await until(async () => (await told('odd')).length > 0)
    assert.deepEqual(await told('odd'), ['ClusterIPNotValid: Cluster IP 010.7.0.9 is not a valid IP; please recreate Service'])
  })

  it('makes the ServiceCIDR of the cluster anew', async () => {
    const cidr = '/apis/networking.k8s.io/v1/servicecidrs/kubernetes'
    const { uid } = (await api.admin('GET', cidr)).body.metadata
    await api.admin('DELETE', cidr)
    await until(async () => {
      const { code, body } = await api.admin('GET', cidr)
      return code === 200 && body.metadata.uid !== uid && body.status.conditions?.[0].status === 'True'
    }, 10_000)
  })
})
