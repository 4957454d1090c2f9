import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cniNetwork } from '#kubelet/network/network.ts'
import { Driver, podOf, runtimeContract, shell } from '#kubelet/runtime.contract.ts'
import { realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import { DockerRuntime } from './docker.ts'

const never = new AbortController().signal
const run = promisify(execFile)

/** Ranges that no cluster has, and another for each process, since tests of several may run at once. */
const range = (second: number): string => `10.${second}.${process.pid % 256}.0/24`

describe('the Docker runtime (with a Docker Engine, CNI plugins, and as root)', () => {
  let directory: string
  let driver: Driver

  const make = (owner: string, podCidr = range(251)): Driver => {
    const network = cniNetwork({ podCidr, clusterCidr: '10.240.0.0/12', directory: join(directory, owner, 'network') })
    return new Driver(
      new DockerRuntime({ owner, network, directory: join(directory, owner, 'sandboxes'), clock: realClock, log: silent }),
    )
  }

  before(async function () {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-docker-'))
    driver = make(`test-${process.pid}`)
    const missing = await whatIsMissing(driver)
    if (!missing) return
    console.log(`      skipped: ${missing}`)
    this.skip()
  })

  after(() => rm(directory, { recursive: true, force: true }))

  runtimeContract(() => driver)

  describe('with real containers', () => {
    after(async () => {
      await driver.runtime.cleanup()
      assert.deepEqual(await driver.runtime.observe(), [])
      assert.deepEqual(await reservations(range(251)), [])
    })

    it('finds everything again after a restart, and nothing of another node', async () => {
      const pod = podOf('survives', shell('sleep 1000'))
      await driver.run(pod)
      const before = await driver.observe(pod)
      assert.deepEqual(await make(`test-${process.pid}`).observe(pod), before)
      assert.deepEqual(await make('another').runtime.observe(), [])
    })

    it('lets the pods of all nodes on the engine reach each other, with their own addresses', async () => {
      const other = make(`test-${process.pid}-b`, range(252))
      const server = podOf('server', shell('nc -l -p 8080 -e sh -c "netstat -tn | grep :8080"'))
      try {
        await other.run(server)
        const ip = (await other.observe(server)).sandboxes[0]!.ips[0]!
        const client = await driver.run(podOf('client', shell('sleep 1000')))
        const own = (await driver.runtime.observe('client-0f5e'))[0]!.sandboxes[0]!.ips[0]!
        const { exitCode, stdout } = await driver.exec(client.id, ['ping', '-c', '1', ip])
        assert.equal(exitCode, 0, stdout)
        const answer = await driver.exec(client.id, [
          'sh',
          '-c',
          `for i in 1 2 3 4 5 6 7 8 9; do nc ${ip} 8080 </dev/null && break; sleep 0.2; done`,
        ])
        assert.match(answer.stdout, new RegExp(`${own.replaceAll('.', '\\.')}:\\d+ `))
      } finally {
        await other.runtime.cleanup()
      }
    })

    it('runs a command with its streams, and says how it ended', async () => {
      const { id } = await driver.run(podOf('exec', shell('sleep 1000')))
      const stdin = (async function* () {
        yield Buffer.from('from ')
        yield Buffer.from('stdin')
      })()
      const said = await driver.exec(id, ['sh', '-c', 'cat; echo problem >&2; exit 7'], { stdin })
      assert.deepEqual(said, { exitCode: 7, stdout: 'from stdin', stderr: 'problem\n' })
      const resize = (async function* () {
        yield { width: 77, height: 11 }
      })()
      const terminal = await driver.exec(id, ['sh', '-c', 'sleep 0.3; stty size; tty'], { tty: true, resize })
      assert.equal(terminal.stdout, '11 77\r\n/dev/pts/0\r\n')
      const many = await driver.exec(id, ['head', '-c', '3000000', '/dev/zero'])
      assert.equal(many.stdout.length, 3_000_000)
      const { exitCode, stdout } = await driver.exec(id, ['no-such-program'])
      assert.ok(exitCode === 127 || exitCode === 126, stdout)
    })

    it('lets go of a command when its signal aborts, and of one whose client keeps stdin open', async () => {
      const { id } = await driver.run(podOf('aborts', shell('sleep 1000')))
      const abort = new AbortController()
      const running = driver.runtime.exec(
        id,
        ['sh', '-c', 'echo started; sleep 1000'],
        { stdout: () => abort.abort() },
        abort.signal,
      )
      await assert.rejects(running)
      let close = (): void => {}
      const open = new Promise<void>(resolve => (close = resolve))
      const stdin = (async function* () {
        yield Buffer.from('line\n')
        await open
      })()
      assert.equal((await driver.exec(id, ['head', '-n', '1'], { stdin })).stdout, 'line\n')
      close()
    })

    it('joins the streams of a container’s own process', async () => {
      const { id } = await driver.run(podOf('attaches', { ...shell('read line; echo got $line'), stdin: true, stdinOnce: true }))
      let said = ''
      const stdin = (async function* () {
        yield Buffer.from('a line\n')
      })()
      await driver.runtime.attach(id, { stdin, stdout: bytes => void (said += Buffer.from(bytes)) }, never)
      assert.equal(said, 'got a line\n')
    })

    it('gives a process the grace to end by itself, and no more', async () => {
      const polite = podOf('polite', shell('trap "echo bye; exit 5" TERM; echo ready; while true; do sleep 0.1; done'))
      const stubborn = podOf('stubborn', shell('trap "" TERM; echo ready; while true; do sleep 0.1; done'))
      for (const [pod, exitCode] of [
        [polite, 5],
        [stubborn, 137],
      ] as const) {
        const { id } = await driver.run(pod)
        await ready(driver, id)
        await driver.runtime.perform({ do: 'stop container', id, graceSeconds: 1 }, never)
        assert.equal((await driver.observe(pod)).containers[0]?.exitCode, exitCode)
      }
    })

    it('hurries a stop that is under way when it is asked again with less grace', async () => {
      const { id } = await driver.run(podOf('hurried', shell('trap "" TERM; echo ready; while true; do sleep 0.1; done')))
      await ready(driver, id)
      const slow = driver.runtime.perform({ do: 'stop container', id, graceSeconds: 1000 }, never)
      await driver.runtime.perform({ do: 'stop container', id, graceSeconds: 0 }, never)
      await slow
    })

    it('gives a container its environment, host name, DNS and files', async () => {
      await writeFile(join(directory, 'file'), 'content\n')
      const pod = podOf('equipped', { ...shell('sleep 1000'), workingDir: '/tmp' })
      await driver.sandbox(pod)
      const mounts = [
        { hostPath: join(directory, 'file'), containerPath: '/etc/hosts' },
        { hostPath: directory, containerPath: '/data:odd', readOnly: true },
      ]
      const { id } = await driver.start(pod, 0, { env: { A: 'b=c' }, mounts })
      const { stdout } = await driver.exec(id, [
        'sh',
        '-c',
        'echo $A; pwd; hostname; cat /etc/hosts /etc/resolv.conf; touch /data:odd/x',
      ])
      const dns = 'search default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n'
      assert.equal(stdout, `b=c\n/tmp\nequipped\ncontent\n${dns}`)
      assert.ok(!(await readdir(directory)).includes('x'))
    })

    it('runs a container as whom and with what its security context says', async () => {
      const securityContext = {
        runAsUser: 1234,
        runAsGroup: 55,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      }
      const pod = podOf(
        'secured',
        { ...shell('sleep 1000'), securityContext },
        { securityContext: { fsGroup: 77, supplementalGroups: [88] } },
      )
      const { id } = await driver.run(pod)
      const { stdout } = await driver.exec(id, [
        'sh',
        '-c',
        'id -u; id -g; id -G; grep -E "NoNewPrivs|CapBnd" /proc/self/status; touch /tmp/x || echo read-only',
      ])
      assert.equal(stdout, '1234\n55\n55 77 88\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nread-only\n')
    })

    it('says that a container was killed because it had not enough memory', async () => {
      const pod = podOf('hungry', { ...shell('tail /dev/zero'), resources: { limits: { memory: '16Mi' } } })
      await driver.run(pod)
      const { exitCode, reason } = await driver.ended(pod)
      assert.deepEqual([exitCode, reason], [137, 'OOMKilled'])
    })

    it('says why a container cannot run', async () => {
      const pod = podOf('cannot', { command: ['/no/such/program'] })
      await driver.sandbox(pod)
      await assert.rejects(driver.start(pod), { reason: 'RunContainerError', message: /no such file or directory/ })
      const [container] = (await driver.observe(pod)).containers
      assert.deepEqual([container?.state, container?.reason, container?.exitCode], ['exited', 'ContainerCannotRun', 127])
      const unknown = podOf('unknown-image', { image: 'pinnace-test/none:1' })
      await driver.sandbox(unknown)
      await assert.rejects(driver.start(unknown), { reason: 'CreateContainerError', message: /No such image/ })
      assert.equal(await driver.runtime.image('pinnace-test/none:1'), undefined)
      const image = '127.0.0.1:9/none'
      await assert.rejects(driver.runtime.perform({ do: 'pull image', pod, image }, never), {
        reason: 'ErrImagePull',
        message: /connection refused/,
      })
    })

    it('leads a port of the node to a pod', async () => {
      const hostPort = 40_000 + (process.pid % 10_000)
      const pod = podOf('host-port', { ...shell('httpd -f -p 80 -h /'), ports: [{ containerPort: 80, hostPort }] })
      const { id } = await driver.run(pod)
      await listening(driver, id)
      assert.equal(await (await fetch(`http://127.0.0.1:${hostPort}/version`)).text(), '1\n')
      await driver.remove(pod)
      await assert.rejects(fetch(`http://127.0.0.1:${hostPort}/version`))
    })

    it('forwards to a port of a pod, even if it is open on the loopback only', async () => {
      for (const address of ['0.0.0.0', '127.0.0.1']) {
        const pod = podOf(`forwards-${address.length}`, shell(`httpd -f -p ${address}:80 -h /`))
        const { id } = await driver.run(pod)
        await listening(driver, id)
        const connection = await driver.runtime.portForward(pod.metadata.uid!, 80, never)
        connection.write('GET /version HTTP/1.0\r\n\r\n')
        assert.match(Buffer.concat(await Array.fromAsync(connection)).toString(), /200 OK.*\n1\n$/s)
        await assert.rejects(driver.runtime.portForward(pod.metadata.uid!, 81, never), /ECONNREFUSED/)
      }
    })

    it('shares the processes of a pod whose containers want to see each other', async () => {
      const pod = podOf('shares', shell('sleep 1000'), { shareProcessNamespace: true })
      const { id } = await driver.run(pod)
      // The shell's child outlives it, and process 1 must bury it.
      const { stdout } = await driver.exec(id, ['sh', '-c', '(sleep 0.1 &); sleep 0.5; ps -o pid,stat,args'])
      assert.match(stdout, /^ +1 S +\/pause$/m)
      assert.doesNotMatch(stdout, / Z /)
    })

    it('makes half-made things anew: a sandbox without a network, a container that was never started', async () => {
      const pod = podOf('half', shell('sleep 1000'))
      const { id, sandboxId } = await driver.run(pod)
      const record = join(directory, `test-${process.pid}`, 'network', `${sandboxId.replace('docker://', '')}.json`)
      const { result, ...unfinished } = JSON.parse(await readFile(record, 'utf8'))
      assert.ok(result)
      await writeFile(record, JSON.stringify(unfinished))
      assert.equal((await driver.observe(pod)).sandboxes[0]?.state, 'notReady')
      await driver.runtime.perform({ do: 'remove sandbox', id: sandboxId }, never)
      await driver.runtime.perform({ do: 'remove container', id }, never)
      const again = await driver.run(pod)
      assert.notEqual(again.sandboxId, sandboxId)
    })
  })
})

async function whatIsMissing({ runtime }: Driver): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root'
  const plugins = await Promise.all(['/opt/cni/bin', '/usr/lib/cni'].map(path => readdir(path).catch((): string[] => [])))
  if (!plugins.flat().includes('ptp')) return 'there are no CNI plugins'
  try {
    await runtime.version()
    await run(fileURLToPath(import.meta.resolve('../../../hack/images')))
    return undefined
  } catch (cause) {
    return (cause as Error).message
  }
}

/** The addresses of a range that somebody has. */
async function reservations(podCidr: string): Promise<string[]> {
  const files = await readdir(`/var/lib/cni/networks/pinnace-${podCidr.replace('/', '-')}`).catch(() => [])
  return files.filter(name => /^\d+\.\d+\.\d+\.\d+$/.test(name))
}

/** Waits for a container's first words. */
async function ready({ runtime }: Driver, id: string): Promise<void> {
  for await (const _ of runtime.logs(id, { follow: true }, never)) return
}

async function listening(driver: Driver, id: string): Promise<void> {
  const { exitCode } = await driver.exec(id, ['sh', '-c', 'until netstat -tln | grep -q :80; do sleep 0.05; done'])
  assert.equal(exitCode, 0)
}
