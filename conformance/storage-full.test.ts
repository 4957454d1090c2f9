import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Api } from './crash/api.ts'
import { configMaps } from './crash/values.ts'
import { eventually } from './eventually.ts'
import { inHouse, run } from './program.ts'

const bulk = 'x'.repeat(200_000)

describe('storage without room', function () {
  this.timeout(300_000)
  let directory: string
  let api: Api | undefined
  let names: string[]
  beforeEach(async () => {
    names = []
    directory = await mkdtemp(join(tmpdir(), 'pinnace-full-'))
  })
  afterEach(async () => {
    await api?.end()
    api = undefined
    await rm(directory, { recursive: true, force: true })
  })

  const start = async (...flags: readonly string[]): Promise<void> => {
    api = await Api.on(directory, flags)
    await api.start()
  }
  const create = async (name: string): Promise<number> => {
    const { code, body } = await api!.send('POST', configMaps, { metadata: { name }, data: { bulk, name } })
    if (code === 201) names.push(name)
    else assert.deepEqual([code, body.message], [507, 'etcdserver: mvcc: database space exceeded'])
    return code
  }
  const fillUp = async (): Promise<void> => {
    for (let at = 0; (await create(`full-${names.length}-${at}`)) === 201; at++) assert.ok(at < 1000, 'it never gets full')
  }
  /** Everything that was answered is there as it was, and nothing else. */
  const isWhole = async (): Promise<void> => {
    const { code, body } = await api!.send('GET', configMaps)
    assert.equal(code, 200)
    const found = body.items.filter(({ data }: { data: { bulk?: string } }) => data.bulk === bulk)
    assert.deepEqual(
      found.map(({ data }: { data: { name: string } }) => data.name),
      names.toSorted(),
    )
  }
  const deleteHalf = async (): Promise<void> => {
    for (const name of names.splice(0, names.length / 2))
      assert.equal((await api!.send('DELETE', `${configMaps}/${name}`)).code, 200)
  }
  /** Fills it, and makes room again by deletions and compaction. */
  const fillAndMakeRoom = async (): Promise<void> => {
    await fillUp()
    assert.ok(names.length > 20)
    await isWhole()
    await deleteHalf()
    await isWhole()
    await eventually(async () => assert.equal(await create('again'), 201), 120_000)
    await isWhole()
    await api!.end()
    await api!.start()
    await isWhole()
  }

  it('a quota that is reached: 507 in the words of etcd; what is there is read and deleted, and compaction makes room', async () => {
    await start('--quota-backend-bytes', '12000000', '--history', '5s')
    await fillAndMakeRoom()
  })

  it('a disk that is full: the same', async function () {
    if (process.getuid?.() !== 0 || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=56m', 'tmpfs', directory]).status !== 0)
      this.skip()
    try {
      await start('--history', '5s')
      await fillAndMakeRoom()
    } finally {
      await api?.end()
      spawnSync('umount', [directory])
    }
  })

  it('a directory that another process uses: it is told so, and the other goes on', async () => {
    await start()
    await create('kept')
    const { code, stderr } = await run(inHouse('hack/pinnace'), ['apiserver', '--data', directory, '--secure-port', '0'])
    const storage = join(directory, 'storage')
    const why = 'somebody else is using it: stop that one, or choose another directory'
    assert.deepEqual([code, stderr], [1, `pinnace: the storage in ${storage} cannot be opened: ${why}\n`])
    assert.equal(await create('more'), 201)
    await isWhole()
  })
})
