import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Kubectl } from './kubectl.ts'
import { freePort } from './machine.ts'
import { inHouse, run } from './program.ts'

describe('the npm package', function () {
  this.timeout(240_000)
  let home: string
  let kubectl: Kubectl

  /** As a user's folder would look after `npm install`: the packed files, and of other packages those alone that it says it needs. */
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'pinnace-conformance-'))
    const packed = await run('npm', ['pack', '--silent', '--pack-destination', home, inHouse('.')], { longestMs: 200_000 })
    assert.equal(packed.code, 0, packed.stderr)
    const modules = join(home, 'node_modules')
    const own = join(modules, 'pinnace')
    await mkdir(own, { recursive: true })
    const tarball = (await readdir(home)).find(name => name.endsWith('.tgz'))!
    const unpacked = await run('tar', ['xzf', join(home, tarball), '--strip-components=1', '-C', own])
    assert.equal(unpacked.code, 0, unpacked.stderr)
    const { dependencies } = JSON.parse(await readFile(join(own, 'package.json'), 'utf8')) as { dependencies: object }
    for (const name of Object.keys(dependencies)) {
      await mkdir(dirname(join(modules, name)), { recursive: true })
      await symlink(inHouse(`node_modules/${name}`), join(modules, name))
    }
    kubectl = new Kubectl(join(home, 'data', 'kubeconfig'))
  })
  after(async () => {
    await pinnace('down')
    await rm(home, { recursive: true, force: true })
  })

  const pinnace = (command: string, ...flags: readonly string[]) =>
    run(process.execPath, [join(home, 'node_modules/pinnace/dist/pinnace.js'), command, '--data', join(home, 'data'), ...flags])

  it('starts a cluster that kubectl drives, explains its kinds, and ends', async () => {
    const up = await pinnace('up', '--port', String(await freePort()), '--runtime', 'simulated', '--detach')
    assert.equal(up.code, 0, up.stdout + up.stderr)
    assert.match(await kubectl.ok('get nodes --no-headers'), /^node-1\s+Ready\s/)
    await kubectl.ok('create deployment web --image=example.org/app:1')
    await kubectl.ok('rollout status deployment/web --timeout=60s')
    assert.match(await kubectl.ok('explain pod.spec.nodeName'), /FIELD: nodeName <string>/)
    assert.match((await pinnace('status')).stdout, /^process \d+ runs, 1 node is Ready\n$/)
    assert.deepEqual(await pinnace('down'), { code: 0, stdout: 'stopped\n', stderr: '' })
  })

  it('starts a cluster inside a program, and its types are those of that', async () => {
    const program = join(home, 'program.ts')
    await writeFile(
      program,
      `import { type Cluster, startCluster } from 'pinnace'
       const cluster: Cluster = await startCluster({ nodes: 2 })
       const nodes: readonly string[] = cluster.nodes
       console.log(nodes.join())
       await cluster.stop()`,
    )
    const ran = await run(process.execPath, [program], { env: { NODE_NO_WARNINGS: '1' } })
    assert.deepEqual(ran, { code: 0, stdout: 'node-1,node-2\n', stderr: '' })
    await writeFile(join(home, 'package.json'), '{ "type": "module" }')
    const types = ['--types', 'node', '--typeRoots', inHouse('node_modules/@types')]
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', ...types]
    const checked = await run(inHouse('node_modules/.bin/tsc'), [...flags, program], { longestMs: 200_000 })
    assert.deepEqual(checked, { code: 0, stdout: '', stderr: '' })
  })
})
