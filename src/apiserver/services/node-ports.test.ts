import assert from 'node:assert/strict'
import { openMemory } from '#storage/memory.ts'
import { Hindered, type Storage } from '#storage/storage.ts'
import { NodePorts } from './node-ports.ts'
import type { PortSet } from './port-set.ts'

const range = { first: 30000, last: 30099 }

describe('the ports of nodes', () => {
  let storage: Storage
  beforeEach(() => {
    storage = openMemory()
  })
  afterEach(() => storage.close())

  const take = async (ports: NodePorts, asked = 0): Promise<number> => {
    let got = 0
    await ports.change(taken => {
      got = asked || taken.free(Math.random)!
      if (taken.has(got)) throw new Error('taken')
      taken.add(got)
    })
    return got
  }

  it('are given once, by however many API servers, in few writes', async () => {
    const servers = [1, 2, 3].map(() => new NodePorts(storage, range))
    const got = await Promise.all(Array.from({ length: 100 }, (_, n) => take(servers[n % 3]!)))
    assert.equal(new Set(got).size, 100)
    assert.ok((await storage.newest()) < 20, 'those that come at once are written together')
    await Promise.all(got.map((port, n) => servers[(n + 1) % 3]!.change(taken => taken.delete(port))))
    assert.deepEqual([...(await servers[0]!.taken())], [])
  })

  it('are refused only for what is so in the storage, and leave nothing behind then', async () => {
    const [one, two] = [new NodePorts(storage, range), new NodePorts(storage, range)] as const
    await take(one, 30001)
    await two.change(taken => taken.delete(30001))
    assert.equal(await take(one, 30001), 30001)
    const halfway = (taken: PortSet): void => {
      taken.add(30002)
      throw new Error('no')
    }
    await assert.rejects(one.change(halfway), /no/)
    await take(one, 30003)
    assert.deepEqual([...(await two.taken())], [30001, 30003])
  })

  it('are read anew after a write of which nobody knows', async () => {
    const ports = new NodePorts(storage, range)
    await take(ports, 30001)
    const write = storage.write.bind(storage)
    storage.write = async change => {
      await write(change)
      throw new Hindered('undecided', 'nobody answers')
    }
    await assert.rejects(take(ports, 30002), Hindered)
    storage.write = write
    await assert.rejects(take(ports, 30002), /taken/)
  })

  it('are not mixed up with those of another range, but taken over by who starts', async () => {
    const old = new NodePorts(storage, range)
    await take(old, 30005)
    await take(old, 30050)
    const next = new NodePorts(storage, { first: 30040, last: 30140 })
    const message = 'another API server gives out node ports of 30000-30099, this one of 30040-30140'
    await assert.rejects(take(next), { reason: 'ServiceUnavailable', message })
    await next.adopt()
    assert.deepEqual([...(await next.taken())], [30050])
  })
})
