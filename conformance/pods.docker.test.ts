import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clusterForSuite } from './cluster.ts'
import { eventually } from './eventually.ts'
import { containersWith, freePort } from './machine.ts'
import { pod, shell } from './manifests.ts'
import { Running, run } from './program.ts'

describe('streams to and from real containers', function () {
  this.timeout(60_000)
  const cluster = clusterForSuite({ runtime: 'docker' })
  const start = async (...args: Parameters<typeof pod>): Promise<void> => {
    await cluster().ok('create -f -', { input: pod(...args) })
    await cluster().ok(`wait --for=condition=Ready pod/${args[0]} --timeout=30s`)
  }

  before(async function () {
    this.timeout(60_000)
    await start('talker', {
      command: shell('i=0; while true; do i=$((i+1)); echo line $i; echo oops $i >&2; sleep 0.2; done & wait'),
    })
    await start('echo', { stdin: true, command: ['sh', '-c', 'while read line; do echo "heard $line"; done; sleep 1'] })
    await start('web', { image: 'pinnace-test/httpd:1', ports: [{ containerPort: 80 }] })
  })

  describe('logs', () => {
    it('Kubectl logs logs should be able to retrieve and filter logs', async () => {
      const script = 'for i in $(seq 20); do echo "a line number $i"; done; sleep 100 & wait'
      await start('speaker', { command: shell(script) })
      assert.equal((await cluster().ok('logs speaker')).split('\n').length, 20)
      assert.equal(await cluster().ok('logs speaker main --tail=1'), 'a line number 20')
      assert.equal(await cluster().ok('logs speaker main --limit-bytes=1'), 'a')
      const [, time] = /^(\S+) a line number 20$/.exec(await cluster().ok('logs speaker main --tail=1 --timestamps')) ?? []
      assert.ok(Date.parse(time!) > 0, `${time} is a time`)
      await eventually(async () => assert.equal(await cluster().ok('logs speaker main --since=1s'), ''))
      assert.equal((await cluster().ok('logs speaker main --since=24h')).split('\n').length, 20)
      await cluster().ok('delete pod speaker')
    })

    it('logs -f goes on until it is stopped', async () => {
      const following = cluster().start('logs -f talker --tail=1')
      await following.says(/line \d+\n[\s\S]*line \d+\n[\s\S]*line \d+\n/)
      await following.says(/oops \d+/)
      await following.stop()
    })

    it('logs -f ends when the container does, and logs --previous is of the one before', async () => {
      const input = pod('once', { command: ['sh', '-c', 'echo I am $(date +%s); sleep 1; echo done; exit 3'] })
      await cluster().ok('create -f -', { input })
      await eventually(() => cluster().ok('logs once'))
      const { code, stdout } = await cluster().run('logs -f once')
      assert.equal(code, 0)
      assert.match(stdout, /^I am \d+\ndone\n$/)
      await eventually(async () => assert.match(await cluster().ok('logs --previous once'), /^I am \d+\ndone$/))
      const last = await cluster().ok('get pod once -o jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}')
      assert.equal(last, '3')
      assert.match(
        await cluster().fails('logs --previous talker'),
        /^Error from server \(BadRequest\): previous terminated container "main" in pod "talker" not found$/,
      )
      await cluster().ok('delete pod once')
    })

    it('logs of a label, of a workload, of a container that there is not', async () => {
      assert.match(await cluster().ok('logs -l app=talker --prefix --tail=1'), /^\[pod\/talker\/main\] (line|oops) \d+$/)
      assert.equal(await cluster().fails('logs talker -c nosuch'), 'error: container nosuch is not valid for pod talker')
    })
  })

  describe('exec', () => {
    it('gives output, errors and the exit code', async () => {
      const { code, stdout, stderr } = await cluster().run([
        'exec',
        'talker',
        '--',
        'sh',
        '-c',
        'echo out; echo err >&2; exit 42',
      ])
      assert.deepEqual(
        { code, stdout, stderr },
        { code: 42, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 42\n' },
      )
    })

    it('-i carries input, and its end', async () => {
      assert.equal(
        await cluster().ok('exec -i talker -- sha256sum', { input: 'abc' }),
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -',
      )
      const large = 'x'.repeat(3_000_000)
      assert.equal(await cluster().ok('exec -i talker -- wc -c', { input: large }), '3000000')
      const { stdout } = await cluster().run(['exec', 'talker', '--', 'sh', '-c', 'yes | head -c 3000000'])
      assert.equal(stdout.length, 3_000_000)
    })

    it('-it gives a terminal of the size of ours', async () => {
      const env = cluster().env()
      const command = 'stty cols 91 rows 17; kubectl exec -it talker -- sh -c "tty && sleep 0.5 && stty size && echo bye"'
      const { stdout, code } = await run('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env })
      assert.equal(code, 0, stdout)
      // `script` types the end of its own input too, which the terminal may echo.
      assert.match(stdout, /\/dev\/pts\/\d+\r\n(\^@)?17 91\r\nbye\r\n/)
    })

    it('a program that there is not, a container that there is not, a pod that there is not', async () => {
      const { code, stdout, stderr } = await cluster().run('exec talker -- nosuch')
      assert.equal(code, 126)
      assert.match(stdout + stderr, /exec: "nosuch": executable file not found in \$PATH/)
      assert.equal(
        await cluster().fails('exec talker -c nosuch -- true'),
        'Error from server (BadRequest): container nosuch is not valid for pod talker',
      )
      assert.equal(await cluster().fails('exec nosuch -- true'), 'Error from server (NotFound): pods "nosuch" not found')
    })
  })

  describe('attach, port-forward, cp, proxy', () => {
    it('attach hears what a container says from now on, and speaks to it', async () => {
      const listening = cluster().start('attach talker')
      await listening.says(/line \d+/)
      await listening.stop()
      const speaking = cluster().start('attach -i echo')
      await eventually(() => {
        speaking.write('hello\n')
        assert.match(speaking.stdout, /heard hello/)
      })
      await speaking.stop()
    })

    it('port-forward carries many requests, and several at once', async () => {
      const port = await freePort()
      const forwarding = cluster().start(`port-forward pod/web ${port}:80`)
      await forwarding.says(/Forwarding from 127\.0\.0\.1/)
      for (let round = 0; round < 3; round++) {
        const texts = await Promise.all(Array.from({ length: 4 }, async () => (await fetch(`http://127.0.0.1:${port}/`)).text()))
        for (const text of texts) assert.match(text, /^httpd 1 web/)
      }
      await forwarding.stop()
    })

    it('port-forward to a Service goes to one of its pods', async () => {
      await cluster().ok('expose pod web --port=8080 --target-port=80')
      const forwarding = cluster().start('port-forward service/web :8080')
      const [, port] = await forwarding.says(/Forwarding from 127\.0\.0\.1:(\d+) -> 80/)
      assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /^httpd 1 web/)
      await forwarding.stop()
    })

    it('cp carries files there and back', async function () {
      const { code } = await cluster().run('exec talker -- tar --help')
      if (code === 127) this.skip()
      const folder = await mkdtemp(join(tmpdir(), 'pinnace-cp-'))
      try {
        await writeFile(join(folder, 'there'), 'over the sea\n')
        await cluster().ok(`cp ${join(folder, 'there')} talker:/tmp/there`)
        assert.equal(await cluster().ok('exec talker -- cat /tmp/there'), 'over the sea')
        await cluster().ok(`cp talker:/tmp/there ${join(folder, 'back')}`)
        assert.equal(await readFile(join(folder, 'back'), 'utf8'), 'over the sea\n')
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })

    it('Proxy server should support proxy with --port 0', async () => {
      const proxy = cluster().start('proxy -p 0 --disable-filter')
      const [, port] = await proxy.says(/Starting to serve on 127\.0\.0\.1:(\d+)/)
      const answer = (await (await fetch(`http://127.0.0.1:${port}/api/`)).json()) as { versions: string[] }
      assert.deepEqual(answer.versions, ['v1'])
      await proxy.stop()
    })
  })

  describe('the end', () => {
    it('delete waits for the grace, and leaves no container', async () => {
      const pods = 'talker echo web'
      await cluster().ok(`delete pod ${pods}`)
      await eventually(async () => assert.deepEqual(await containersWith('io.kubernetes.pod.namespace', 'default'), []))
    })

    it('kubectl run --rm -it is a shell that is gone afterwards', async () => {
      const shellOf = new Running(
        'script',
        [
          '--quiet',
          '--return',
          '--command',
          'kubectl run sh --rm -it --image=pinnace-test/busybox:1 --restart=Never -- sh',
          '/dev/null',
        ],
        { env: cluster().env() },
      )
      await eventually(() => {
        shellOf.write('echo $((6*7))\n')
        assert.match(shellOf.stdout, /42/)
      })
      shellOf.write('exit\n')
      const { stdout } = await shellOf.ended
      assert.match(stdout, /pod "sh" deleted/)
      assert.equal(await cluster().ok('get pods -o name'), '')
    })
  })
})
