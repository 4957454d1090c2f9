import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { contract } from './contract.ts'
import { ciphers } from './encryption/ciphers.ts'
import { Encrypted, identity, type Provider } from './encryption.ts'
import { openMemory } from './memory.ts'
import { one, type Storage } from './storage.ts'

const provider = (cipher: string, name = 'key1', secret = randomBytes(32)): Provider =>
  ciphers[cipher]!.provider({ name, secret })

for (const cipher of Object.keys(ciphers))
  contract(`memory locked by ${cipher}`, async () => new Encrypted(openMemory(), [provider(cipher), identity]))

describe('encryption at rest', () => {
  const plain = Buffer.from('{"secret":"swordfish"}')
  const key = '/registry/secrets/default/a'
  let storage: Storage
  beforeEach(() => {
    storage = openMemory()
  })
  const stored = async (): Promise<Buffer<ArrayBuffer>> => Buffer.from((await storage.read(one(key))).entries[0]!.value)
  const put = async (to: Storage, value: Uint8Array = plain): Promise<void> => {
    const [entry] = (await storage.read(one(key))).entries
    assert.ok((await to.write({ key, value, expected: entry?.revision ?? 0 })).written)
  }
  const get = async (from: Storage): Promise<string> => Buffer.from((await from.read(one(key))).entries[0]!.value).toString()

  for (const cipher of Object.keys(ciphers))
    it(`${cipher} leaves upstream's prefix and nothing to read, and notices what was altered`, async () => {
      const encrypted = new Encrypted(storage, [provider(cipher)])
      await put(encrypted)
      const bytes = await stored()
      assert.ok(bytes.toString('latin1').startsWith(`k8s:enc:${cipher}:v1:key1:`))
      assert.ok(!bytes.includes('swordfish'))
      assert.equal(await get(encrypted), plain.toString())
      await put(storage, bytes.subarray(0, -20))
      await assert.rejects(get(encrypted), /unable to transform key "\/registry\/secrets\/default\/a": /)
    })

  it('aesgcm binds a value to its key', async () => {
    const encrypted = new Encrypted(storage, [provider('aesgcm')])
    await put(encrypted)
    await storage.write({ key: '/registry/secrets/default/b', value: await stored(), expected: 0 })
    await assert.rejects(encrypted.read(one('/registry/secrets/default/b')), /unable to transform key/)
  })

  it('reads on after a change of keys, of ciphers or to encryption at all, and knows what is stale', async () => {
    const [old, next] = [provider('aescbc', 'old'), provider('secretbox', 'new')]
    await put(storage)
    for (const [providers, left] of [
      [[old, identity], identity],
      [[next, old], old],
      [[identity, next], next],
    ] as const) {
      const encrypted = new Encrypted(storage, providers)
      assert.equal(await get(encrypted), plain.toString())
      assert.ok((await stored()).toString('latin1').startsWith(left.prefix))
      assert.ok(await encrypted.isStale(key))
      await put(encrypted)
      assert.ok((await stored()).toString('latin1').startsWith(providers[0].prefix))
      assert.ok(!(await encrypted.isStale(key)))
    }
  })

  it('says which key it cannot read where the provider is gone', async () => {
    await put(new Encrypted(storage, [provider('aesgcm', 'gone')]))
    await assert.rejects(
      get(new Encrypted(storage, [provider('aesgcm')])),
      /unable to transform key .*: no matching prefix found/,
    )
    await assert.rejects(get(new Encrypted(storage, [identity])), /identity transformer tried to read encrypted data/)
  })
})
