import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigMap, type PodSpec, Secret } from '#api/core/v1.ts'
import { notFound } from '#api/status.ts'
import { volumeMounts } from '#kubelet/container/mounts.ts'
import { at, podOf } from '#kubelet/testing.ts'
import { PodVolumes } from './pod-volumes.ts'
import type { Setting } from './volume.ts'

const tokenOf = (iat: number, lifeSeconds: number): string =>
  `x.${Buffer.from(JSON.stringify({ iat, exp: iat + lifeSeconds })).toString('base64url')}.y`

describe('the volumes of a pod', () => {
  let root: string
  let data: Record<string, string>
  let asked: number
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pinnace-volumes-'))
    data = { color: 'blue', size: '3' }
    asked = 0
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const setting = (spec: Partial<PodSpec>, now = at(0)): Omit<Setting, 'directory'> => ({
    pod: podOf(spec, { metadata: { labels: { a: '1' } } }),
    place: { hostIps: [], podIps: [], allocatable: {} },
    since: now,
    now,
    sources: {
      configMap: async (_namespace, name) => {
        if (name !== 'settings') throw notFound(ConfigMap, name)
        return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data, binaryData: { raw: 'AAE=' } }
      },
      secret: async (_namespace, name) => {
        if (name !== 'keys') throw notFound(Secret, name)
        return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { password: 'aHVudGVyMg==' } }
      },
    },
    token: async (_audience, seconds) => {
      asked++
      return tokenOf(now.getTime() / 1000, seconds)
    },
  })
  const volumes = (): PodVolumes => new PodVolumes(root)
  const configMap = { volumes: [{ name: 'v', configMap: { name: 'settings', defaultMode: 0o640 } }] }

  it('show a ConfigMap’s keys as links into what ..data points to, with their mode', async () => {
    const { path } = (await volumes().setUp(setting(configMap))).get('v')!
    assert.equal(path, join(root, 'volumes/kubernetes.io~configmap/v'))
    assert.equal(await readFile(join(path, 'color'), 'utf8'), 'blue')
    assert.deepEqual([...(await readFile(join(path, 'raw')))], [0, 1])
    assert.equal(await readlink(join(path, 'color')), '..data/color')
    assert.equal((await stat(join(path, 'color'))).mode & 0o777, 0o640)
  })
  it('follow a ConfigMap’s changes in one step, and leave it alone while it does not change', async () => {
    const { path } = (await volumes().setUp(setting(configMap))).get('v')!
    const first = await readlink(join(path, '..data'))
    await volumes().setUp(setting(configMap))
    assert.equal(await readlink(join(path, '..data')), first)
    data = { color: 'red' }
    await volumes().setUp(setting(configMap))
    assert.notEqual(await readlink(join(path, '..data')), first)
    assert.deepEqual(
      (await readdir(path)).filter(name => !name.startsWith('..')),
      ['color', 'raw'],
    )
    assert.equal(await readFile(join(path, 'color'), 'utf8'), 'red')
    assert.equal((await readdir(path)).filter(name => name.startsWith('..')).length, 2)
  })
  it('take the chosen keys to the chosen paths', async () => {
    const items = [{ key: 'color', path: 'deep/down', mode: 0o400 }]
    const { path } = (await volumes().setUp(setting({ volumes: [{ name: 'v', configMap: { name: 'settings', items } }] }))).get(
      'v',
    )!
    assert.equal(await readFile(join(path, 'deep/down'), 'utf8'), 'blue')
    assert.equal((await stat(join(path, 'deep/down'))).mode & 0o777, 0o400)
  })
  it('say in upstream’s words what is missing', async () => {
    await assert.rejects(volumes().setUp(setting({ volumes: [{ name: 'v', configMap: { name: 'none' } }] })), {
      message: 'MountVolume.SetUp failed for volume "v" : configmaps "none" not found',
    })
    const items = [{ key: 'x', path: 'x' }]
    await assert.rejects(volumes().setUp(setting({ volumes: [{ name: 'v', secret: { secretName: 'keys', items } }] })), {
      message: 'MountVolume.SetUp failed for volume "v" : references non-existent secret key: x',
    })
  })
  it('are empty where an optional source is missing', async () => {
    const { path } = (
      await volumes().setUp(setting({ volumes: [{ name: 'v', secret: { secretName: 'none', optional: true } }] }))
    ).get('v')!
    assert.deepEqual(
      (await readdir(path)).filter(name => !name.startsWith('..')),
      [],
    )
  })
  it('hold a token until four fifths of its life are over', async () => {
    const sources = [
      { serviceAccountToken: { path: 'token', expirationSeconds: 1000 } },
      { configMap: { name: 'settings', items: [{ key: 'color', path: 'c' }] } },
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ]
    const spec = { volumes: [{ name: 'v', projected: { sources } }] }
    const { path } = (await volumes().setUp(setting(spec, at(0)))).get('v')!
    assert.equal(await readFile(join(path, 'labels'), 'utf8'), 'a="1"')
    await volumes().setUp(setting(spec, at(799)))
    assert.equal(asked, 1)
    await volumes().setUp(setting(spec, at(801)))
    assert.equal(asked, 2)
    assert.equal(await readFile(join(path, 'token'), 'utf8'), tokenOf(at(801).getTime() / 1000, 1000))
  })
  it('keep what is in an emptyDir until they are torn down', async () => {
    const spec = { volumes: [{ name: 'v', emptyDir: {} }] }
    const { path } = (await volumes().setUp(setting(spec))).get('v')!
    assert.equal((await stat(path)).mode & 0o777, 0o777)
    await mkdir(join(path, 'mine'))
    await volumes().setUp(setting(spec))
    assert.deepEqual(await readdir(path), ['mine'])
    await volumes().tearDown()
    await assert.rejects(stat(path))
  })
  it('check what a hostPath is', async () => {
    const spec = (path: string, type: 'Directory' | 'DirectoryOrCreate' | 'File'): Partial<PodSpec> => ({
      volumes: [{ name: 'v', hostPath: { path, type } }],
    })
    await assert.rejects(volumes().setUp(setting(spec(root, 'File'))), {
      message: `MountVolume.SetUp failed for volume "v" : hostPath type check failed: ${root} is not a file`,
    })
    await volumes().setUp(setting(spec(join(root, 'a/b'), 'DirectoryOrCreate')))
    assert.ok((await stat(join(root, 'a/b'))).isDirectory())
  })
  it('say honestly which types there are not', async () => {
    const spec = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }
    await assert.rejects(volumes().setUp(setting(spec)), /volumes of type persistentVolumeClaim are not supported yet/)
  })
  it('are mounted below a subPath, which may not lead out', async () => {
    const ready = await volumes().setUp(setting({ volumes: [{ name: 'v', emptyDir: {} }] }))
    const mount = (rest: object) =>
      volumeMounts({ name: 'app', volumeMounts: [{ name: 'v', mountPath: '/data', ...rest }] }, ready, [
        { name: 'WHO', value: 'me' },
      ])
    const { path } = ready.get('v')!
    assert.deepEqual(await mount({ subPathExpr: 'of/$(WHO)' }), [{ hostPath: join(path, 'of/me'), containerPath: '/data' }])
    assert.ok((await stat(join(path, 'of/me'))).isDirectory())
    await assert.rejects(mount({ subPath: '../x' }))
    await symlink(tmpdir(), join(path, 'out'))
    await assert.rejects(mount({ subPath: 'out/pinnace-never' }))
    await assert.rejects(stat(join(tmpdir(), 'pinnace-never')))
  })
})
