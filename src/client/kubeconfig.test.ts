import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readKubeconfig, writeKubeconfig } from './kubeconfig.ts'

describe('a kubeconfig', () => {
  let directory: string
  before(async () => void (directory = await mkdtemp(join(tmpdir(), 'pinnace-kubeconfig-'))))
  after(() => rm(directory, { recursive: true }))

  it('gives back the access that was written, and nobody else may read it', async () => {
    const file = join(directory, 'config')
    const access = { server: 'https://127.0.0.1:6443', ca: 'CA', cert: 'CERT', key: 'KEY' }
    await writeKubeconfig(file, [
      { name: 'pinnace', access },
      { name: 'other', access: { server: 'http://other', token: 't' } },
    ])
    assert.deepEqual(await readKubeconfig(file), access)
    assert.deepEqual(await readKubeconfig(file, 'other'), { server: 'http://other', token: 't' })
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    await assert.rejects(readKubeconfig(file, 'none'), /context "none" does not exist/)
  })

  it('names files relative to itself, and reads a token file anew each time', async () => {
    const file = join(directory, 'by-file')
    const text = (await readFile(join(directory, 'config'), 'utf8')).replace(
      /certificate-authority-data: .*/,
      'certificate-authority: ca.crt',
    )
    await writeFile(file, text.replace(/token: t/, 'tokenFile: token'))
    await writeFile(join(directory, 'ca.crt'), 'THE CA')
    await writeFile(join(directory, 'token'), 'first\n')
    assert.equal((await readKubeconfig(file)).ca, 'THE CA')
    const { token } = await readKubeconfig(file, 'other')
    assert.ok(typeof token === 'function')
    assert.equal(await token(), 'first')
    await writeFile(join(directory, 'token'), 'second\n')
    assert.equal(await token(), 'second')
  })
})
