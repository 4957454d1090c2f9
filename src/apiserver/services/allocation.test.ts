import assert from 'node:assert/strict'
import { assertRefused, type Reply, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { openMemory } from '#storage/memory.ts'
import { Hindered, type Storage, type Write } from '#storage/storage.ts'

const services = '/api/v1/namespaces/default/services'
const addresses = '/apis/networking.k8s.io/v1/ipaddresses'
const ports = [{ port: 80 }]
const invalid = (name: string, why: string) => ({
  code: 422,
  reason: 'Invalid',
  message: `Service "${name}" is invalid: ${why}`,
})

/** So many that they cross, over few connections. */
async function manyAtOnce<T>(count: number, ask: (n: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) answers[n] = await ask(n)
  }
  await Promise.all(Array.from({ length: 32 }, work))
  return answers
}

describe('the allocation for Services', () => {
  let storage: Storage
  const servers: TestServer[] = []
  /** Small enough to be full. */
  const start = async (cidrs: readonly string[], nodePorts = { first: 30000, last: 32767 }, count = 1): Promise<TestServer> => {
    storage = openMemory()
    const starting = Array.from({ length: count }, () => startTestServer({ storage, services: { cidrs, nodePorts } }))
    servers.push(...(await Promise.all(starting)))
    return servers[0]!
  }
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(server => server.stop()))
    await storage.close()
  })

  const create = (api: TestServer, name: string, spec: object): Promise<Reply> =>
    api.admin('POST', services, { metadata: { name }, spec: { ports, ...spec } })
  const made = async (api: TestServer, name: string, spec: object = {}): Promise<Reply['body']> => {
    const { code, body } = await create(api, name, spec)
    assert.equal(code, 201, body.message)
    return body
  }
  const put = async (api: TestServer, object: Reply['body']): Promise<Reply['body']> => {
    const { code, body } = await api.admin('PUT', `${services}/${object.metadata.name}`, object)
    assert.equal(code, 200, body.message)
    return body
  }
  const held = async (api: TestServer): Promise<string[]> => {
    const { body } = await api.admin('GET', addresses)
    return body.items.map(({ metadata }: Reply['body']) => metadata.name).filter((ip: string) => ip !== '10.0.0.1')
  }
  const nodePorts = async (): Promise<string> => {
    const key = '/registry/ranges/servicenodeports'
    const [entry] = (await storage.read({ start: key, end: `${key}\0` })).entries
    return entry ? Buffer.from(JSON.parse(Buffer.from(entry.value).toString()).data, 'base64').toString('hex') : ''
  }

  it('is not in the way of API servers that start at once', async () => {
    const api = await start(['10.0.0.0/24'], undefined, 3)
    for (let tried = 0; (await api.admin('GET', `${services}/kubernetes`)).code !== 200; tried++) assert.ok(tried < 1000)
    const { body } = await api.admin('GET', addresses)
    assert.deepEqual(
      body.items.map(({ metadata }: Reply['body']) => metadata.name),
      ['10.0.0.1'],
    )
  })

  it('gives no address and no port twice, whichever server is asked, and gets all of it back', async () => {
    await start(['10.0.0.0/24'], { first: 30000, last: 30299 }, 2)
    const all = await manyAtOnce(200, n => made(servers[n % 2]!, `s-${n}`, { type: n % 3 ? 'ClusterIP' : 'NodePort' }))
    const ips = all.map(({ spec }) => spec.clusterIP)
    assert.equal(new Set(ips).size, 200)
    assert.deepEqual((await held(servers[1]!)).sort(), ips.sort())
    const given = all.flatMap(({ spec }) => spec.ports[0].nodePort ?? [])
    assert.equal(given.length, 67)
    assert.equal(new Set(given).size, 67)
    const one = (await servers[0]!.admin('GET', `${addresses}/${all[0].spec.clusterIP}`)).body
    assert.deepEqual(one.spec.parentRef, { resource: 'services', namespace: 'default', name: 's-0' })
    assert.deepEqual(one.metadata.labels, {
      'ipaddress.kubernetes.io/ip-family': 'IPv4',
      'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
    })
    await manyAtOnce(200, n => servers[(n + 1) % 2]!.admin('DELETE', `${services}/${all[n].metadata.name}`))
    assert.deepEqual(await held(servers[0]!), [])
    assert.match(await nodePorts(), /^0+$/)
  })

  it('lets exactly one have the address, and the port, that many ask for', async () => {
    await start(['10.0.0.0/16'], undefined, 2)
    const asked = { type: 'NodePort', clusterIP: '10.0.7.7', ports: [{ port: 80, nodePort: 30007 }] }
    const replies = await Promise.all(Array.from({ length: 50 }, (_, n) => create(servers[n % 2]!, `s-${n}`, asked)))
    assert.equal(replies.filter(({ code }) => code === 201).length, 1)
    const why = 'spec.clusterIPs: Invalid value: ["10.0.7.7"]: failed to allocate IP 10.0.7.7: provided IP is already allocated'
    for (const [n, reply] of replies.entries()) if (reply.code !== 201) assertRefused(reply, invalid(`s-${n}`, why))
    const other = { ...asked, clusterIP: '10.0.7.8' }
    const taken = 'spec.ports[0].nodePort: Invalid value: 30007: provided port is already allocated'
    assertRefused(await create(servers[1]!, 'late', other), invalid('late', taken))
    assert.deepEqual(await held(servers[0]!), ['10.0.7.7'])
  })

  it('says what cannot be given, and keeps nothing of it', async () => {
    const api = await start(['10.0.0.0/28'], { first: 30000, last: 30001 })
    const outside = 'failed to allocate IP 10.1.0.1: the provided network does not match the current range'
    assertRefused(
      await create(api, 'a', { clusterIP: '10.1.0.1' }),
      invalid('a', `spec.clusterIPs: Invalid value: ["10.1.0.1"]: ${outside}`),
    )
    for (const edge of ['10.0.0.0', '10.0.0.15']) assert.equal((await create(api, 'a', { clusterIP: edge })).code, 422)
    const range = 'provided port is not in the valid range. The range of valid ports is 30000-30001'
    assertRefused(
      await create(api, 'a', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
      invalid('a', `spec.ports[0].nodePort: Invalid value: 80: ${range}`),
    )
    assertRefused(
      await create(api, 'a', { type: 'NodePort', ports: [1, 2, 3].map(port => ({ port, name: `p-${port}` })) }),
      invalid('a', 'spec.ports[2].nodePort: Invalid value: null: failed to allocate a nodePort: range is full'),
    )
    assert.deepEqual([await held(api), await nodePorts()], [[], ''])
    for (let n = 0; n < 13; n++) await made(api, `s-${n}`)
    assertRefused(
      await create(api, 'a', {}),
      invalid('a', 'spec.clusterIPs: Invalid value: null: failed to allocate a serviceIP: range is full'),
    )
    await api.admin('DELETE', `${services}/s-7`)
    await made(api, 'a')
  })

  it('takes and gives back what a change of type needs', async () => {
    const api = await start(['10.0.0.0/24'])
    const plain = await made(api, 'web', { ports: [{ port: 80 }] })
    const node = await put(api, { ...plain, spec: { ...plain.spec, type: 'NodePort' } })
    const { nodePort } = node.spec.ports[0]
    assert.ok(nodePort >= 30086, `${nodePort} is from above the band for those who ask`)
    assert.equal(node.spec.clusterIP, plain.spec.clusterIP)
    const named = await put(api, { ...node, spec: { type: 'ExternalName', externalName: 'a.example' } })
    assert.deepEqual([named.spec.clusterIP, named.spec.ipFamilies, await held(api)], [undefined, undefined, []])
    assert.match(await nodePorts(), /^0+$/)
    const again = await put(api, { ...named, spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] } })
    assert.deepEqual([again.spec.ports[0].nodePort, await held(api)], [nodePort, [again.spec.clusterIP]])
    const fewer = await put(api, { ...again, spec: { ...again.spec, type: 'ClusterIP' } })
    assert.equal(fewer.spec.ports[0].nodePort, undefined)
    assert.match(await nodePorts(), /^0+$/)
  })

  it('gives a port for health checks, and only the ports that are asked for where no others are wanted', async () => {
    const api = await start(['10.0.0.0/24'], { first: 30000, last: 30007 })
    const balanced = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, externalTrafficPolicy: 'Local' }
    const asked = { ...balanced, healthCheckNodePort: 30003, ports: [{ port: 80 }] }
    const service = await made(api, 'lb', asked)
    assert.equal(service.spec.ports[0].nodePort, undefined)
    assert.equal(await nodePorts(), '08')
    const why = 'failed to allocate requested HealthCheck NodePort 30003: provided port is already allocated'
    assertRefused(await create(api, 'two', asked), invalid('two', `spec.healthCheckNodePort: Invalid value: 30003: ${why}`))
    const everywhere = await put(api, { ...service, spec: { ...service.spec, externalTrafficPolicy: 'Cluster' } })
    assert.deepEqual([everywhere.spec.healthCheckNodePort, await nodePorts()], [undefined, '00'])
    const shared = [
      { name: 'a', port: 53, protocol: 'TCP' },
      { name: 'b', port: 53, protocol: 'UDP' },
    ]
    const dns = await made(api, 'dns', { type: 'NodePort', ports: shared })
    assert.equal(dns.spec.ports[0].nodePort, dns.spec.ports[1].nodePort)
  })

  it('gives a second address to who comes to want two families, and takes it back', async () => {
    const api = await start(['10.0.0.0/24', 'fd00::/112'])
    const single = await made(api, 'web')
    assert.deepEqual([single.spec.ipFamilyPolicy, single.spec.ipFamilies], ['SingleStack', ['IPv4']])
    const dual = await put(api, { ...single, spec: { ...single.spec, ipFamilyPolicy: 'PreferDualStack' } })
    assert.deepEqual(dual.spec.ipFamilies, ['IPv4', 'IPv6'])
    assert.deepEqual((await held(api)).sort(), [...dual.spec.clusterIPs].sort())
    const kept = [dual.spec.clusterIPs[0]]
    const less = await put(api, { ...dual, spec: { ...dual.spec, ipFamilyPolicy: 'SingleStack' } })
    assert.deepEqual([less.spec.clusterIPs, await held(api)], [kept, kept])
    const six = await made(api, 'six', { clusterIP: 'fd00::00ff', ipFamilyPolicy: 'RequireDualStack' })
    assert.deepEqual([six.spec.ipFamilies, six.spec.clusterIPs[0]], [['IPv6', 'IPv4'], 'fd00::00ff'])
    assert.ok((await held(api)).includes('fd00::ff'))
    await api.admin('DELETE', `${services}/six`)
    assert.deepEqual(await held(api), kept)
  })

  it('takes nothing for a dry run, nor for what is refused afterwards', async () => {
    const api = await start(['10.0.0.0/24'])
    const dry = await api.admin('POST', `${services}?dryRun=All`, {
      metadata: { name: 'dry' },
      spec: { ports, type: 'NodePort' },
    })
    assert.equal(dry.code, 201)
    assert.ok(dry.body.spec.clusterIP && dry.body.spec.ports[0].nodePort)
    assert.equal((await create(api, 'bad', { sessionAffinity: 'Never', type: 'NodePort' })).code, 422)
    assert.equal(
      (await api.admin('POST', '/api/v1/namespaces/none/services', { metadata: { name: 'x' }, spec: { ports } })).code,
      404,
    )
    assert.deepEqual(await held(api), [])
    assert.match(await nodePorts(), /^0*$/)
  })

  it('gives addresses out of further ranges as soon as there are any, and out of none that is being deleted', async () => {
    await start(['10.0.0.0/30'], undefined, 2)
    const [one, two] = servers as [TestServer, TestServer]
    await made(one, 'last')
    assert.equal((await create(two, 'more', {})).code, 422)
    const cidrs = '/apis/networking.k8s.io/v1/servicecidrs'
    const finalizers = ['example.com/mine']
    await one.admin('POST', cidrs, { metadata: { name: 'more', finalizers }, spec: { cidrs: ['10.7.0.0/24'] } })
    assert.match((await made(two, 'more')).spec.clusterIP, /^10\.7\.0\./)
    await one.admin('DELETE', `${cidrs}/more`)
    assert.equal((await create(one, 'none', {})).code, 422)
  })

  it('keeps what it took where nobody knows whether the Service is there', async () => {
    const api = await start(['10.0.0.0/24'])
    const write = storage.write.bind(storage)
    storage.write = async (change: Write) => {
      if (change.key.endsWith('/default/lost')) throw new Hindered('undecided', 'nobody answers')
      return write(change)
    }
    assert.equal((await create(api, 'lost', { type: 'NodePort' })).code, 504)
    assert.equal((await held(api)).length, 1)
    assert.doesNotMatch(await nodePorts(), /^0+$/)
  })
})
