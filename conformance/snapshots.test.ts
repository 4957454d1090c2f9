import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EtcdCluster, etcdProblem } from '../hack/etcd.ts'
import { Api } from './crash/api.ts'
import { configMaps, dataOf } from './crash/values.ts'
import { inHouse, type Result, run } from './program.ts'

describe('pinnace snapshot', function () {
  this.timeout(240_000)
  let directory: string
  let api: Api | undefined
  let etcd: EtcdCluster | undefined
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-snapshots-'))
  })
  after(async () => {
    await api?.end()
    await etcd?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const file = (): string => join(directory, 'a.snapshot')
  const snapshot = (...args: readonly string[]): Promise<Result> =>
    run(inHouse('hack/pinnace'), ['snapshot', ...args, '--data', directory])
  const names = async (): Promise<string[]> => {
    const { body } = await api!.send('GET', configMaps)
    return body.items
      .map((item: { metadata: { name: string } }) => item.metadata.name)
      .filter((name: string) => /^kept|^later/.test(name))
  }
  const create = async (name: string): Promise<string> => {
    const { code, body } = await api!.send('POST', configMaps, { metadata: { name }, data: dataOf(7) })
    assert.equal(code, 201)
    return body.metadata.resourceVersion
  }

  it('saves a running cluster, lists what there is, and says which file is damaged', async () => {
    api = await Api.on(directory)
    await api.start()
    await create('kept')
    for (const args of [['save'], ['save', file()]]) {
      const { code, stdout, stderr } = await snapshot(...args)
      assert.equal(code, 0, stderr)
      assert.match(stdout, /\.snapshot {2}\S+Z {2}revision \d+ {2}\d+ objects {2}\d+ bytes/)
    }
    assert.match((await snapshot('list')).stdout, /snapshots\/\S+\.snapshot .* objects/)
    const spoilt = join(directory, 'snapshots', 'spoilt.snapshot')
    await writeFile(spoilt, (await readFile(file())).subarray(0, -1))
    const listed = await snapshot('list')
    assert.equal(listed.code, 1)
    assert.match(listed.stdout, /spoilt\.snapshot is not whole: its end is missing/)
    await rm(spoilt)
  })

  it('refuses to restore into a cluster that runs, or is not empty; --force puts that aside, and resourceVersions never come again', async () => {
    const later = Number(await create('later'))
    assert.match((await snapshot('restore', file())).stderr, /somebody else is using it|runs on/)
    await api!.end('SIGTERM')
    assert.match((await snapshot('restore', file())).stderr, /there is a cluster in .* already: --force puts its storage aside/)
    const { code, stdout, stderr } = await snapshot('restore', file(), '--force')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /restored \d+ objects as they were at /)
    await api!.start()
    assert.deepEqual(await names(), ['kept'])
    assert.ok(Number(await create('later-again')) > later)
  })

  it('saves what does not run, and moves it to etcd', async function () {
    if (etcdProblem()) this.skip()
    await api!.end('SIGTERM')
    assert.equal((await snapshot('save', file())).code, 0)
    etcd = await EtcdCluster.start(1)
    const flags = ['--etcd-servers', etcd.endpoints.join(',')]
    assert.equal((await snapshot('restore', file(), ...flags)).code, 0)
    assert.match((await snapshot('restore', file(), ...flags)).stderr, /the storage is not empty/)
    api = await Api.on(directory, flags)
    await api.start()
    assert.deepEqual(await names(), ['kept', 'later-again'])
    assert.equal((await snapshot('save', file(), ...flags)).code, 0)
  })
})
