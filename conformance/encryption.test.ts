import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Api } from './crash/api.ts'

const secrets = '/api/v1/namespaces/default/secrets'
const password = 'swordfish-swordfish-swordfish'
const data = { password: Buffer.from(password).toString('base64') }

describe('Secrets encrypted at rest', function () {
  this.timeout(180_000)
  let directory: string
  let api: Api | undefined
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-encryption-'))
  })
  after(async () => {
    await api?.end()
    await rm(directory, { recursive: true, force: true })
  })

  const file = (): string => join(directory, 'encryption.yaml')
  const key = (name: string): string => `{ name: ${name}, secret: ${Buffer.alloc(32, name).toString('base64')} }`
  const start = async (providers: string): Promise<Api> => {
    await api?.end('SIGTERM')
    await writeFile(
      file(),
      `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{ resources: [secrets], providers: [${providers}] }]`,
    )
    api = await Api.on(directory, ['--encryption-provider-config', file()])
    await api.start()
    return api
  }
  const onDisk = async (text: string): Promise<boolean> => (await readFile(join(directory, 'storage', 'data.mdb'))).includes(text)

  it('are in no byte of the disk, and read as ever', async () => {
    const first = await start(`{ aescbc: { keys: [${key('first')}] } }, { identity: {} }`)
    assert.equal((await first.send('POST', secrets, { metadata: { name: 'a' }, data })).code, 201)
    assert.equal((await first.send('GET', `${secrets}/a`)).body.data.password, data.password)
    assert.ok(!(await onDisk(data.password)))
    assert.ok(await onDisk('k8s:enc:aescbc:v1:first:'))
  })

  it('are written anew with a new key by whoever puts back what is there, and need the old one no longer', async () => {
    const both = await start(`{ secretbox: { keys: [${key('second')}] } }, { aescbc: { keys: [${key('first')}] } }`)
    const { body } = await both.send('GET', `${secrets}/a`)
    assert.equal((await both.send('PUT', `${secrets}/a`, body)).code, 200)
    assert.ok(await onDisk('k8s:enc:secretbox:v1:second:'))
    const one = await start(`{ secretbox: { keys: [${key('second')}] } }`)
    assert.equal((await one.send('GET', `${secrets}/a`)).body.data.password, data.password)
  })

  it('say which one cannot be read without its key, and are there again with it; other kinds are as ever', async () => {
    const other = await start(`{ aesgcm: { keys: [${key('other')}] } }`)
    for (const path of [secrets, `${secrets}/a`]) {
      const { code, body } = await other.send('GET', path)
      assert.equal(code, 500)
      assert.match(
        body.message,
        /^Internal error occurred: unable to transform key "\/registry\/secrets\/default\/a": no matching prefix found$/,
      )
    }
    assert.equal((await other.send('POST', secrets, { metadata: { name: 'b' }, data })).code, 201)
    assert.equal((await other.send('GET', `${secrets}/b`)).body.data.password, data.password)
    assert.equal((await other.send('GET', '/api/v1/configmaps')).code, 200)
    const both = await start(`{ aesgcm: { keys: [${key('other')}] } }, { secretbox: { keys: [${key('second')}] } }`)
    assert.equal((await both.send('GET', secrets)).body.items.length, 2)
  })

  it('refuse to start with a broken file, and say why', async () => {
    await assert.rejects(
      start(`{ aesgcm: { keys: [{ name: a, secret: YQ== }] } }`),
      /encryption configuration .*encryption\.yaml cannot be used: /,
    )
  })
})
