import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { type AddressInfo, connect as connectTo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { WebSocket } from 'ws'
import { Authority } from '#cluster/certificates.ts'
import type { Pair } from '#cluster/pair.ts'
import { realClock } from '#machinery/clock.ts'
import { silent } from '#machinery/log.ts'
import type { ContainerRuntime, Streams } from './runtime.ts'
import { type KubeletServer, kubeletServer, type Served } from './server.ts'
import { SimulatedRuntime } from './simulated/simulated.ts'
import { at, podOf } from './testing.ts'

/** Answers on every channel: `echo` sends its input back, anything else fails with 3. */
async function exec(_id: string, command: readonly string[], { stdin, stdout, stderr, resize }: Streams): Promise<number> {
  if (command[0] === 'size') {
    for await (const { width, height } of resize!) {
      await stdout?.(Buffer.from(`${width}x${height}`))
      return 0
    }
  }
  if (command[0] !== 'echo') {
    await stderr?.(Buffer.from(command.join(' ')))
    return 3
  }
  for await (const bytes of stdin ?? []) await stdout?.(bytes)
  return 0
}

describe('the server of a kubelet', () => {
  const stop = new AbortController()
  let directory: string
  let ca: string
  let friend: Pair
  let stranger: Pair
  let server: KubeletServer
  let running: Promise<void>
  let port: number
  let echo: Server

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-kubelet-server-'))
    const authority = await Authority.open(directory, realClock)
    ca = authority.cert
    friend = await authority.pair('friend', { commonName: 'kube-apiserver-kubelet-client' })
    stranger = await authority.pair('stranger', { commonName: 'somebody' })
    echo = createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1')
    const simulated = new SimulatedRuntime({ podCidr: '10.244.0.0/24', clock: realClock })
    const runtime: ContainerRuntime = Object.assign(Object.create(simulated) as ContainerRuntime, {
      exec,
      portForward: async (_uid: string, to: number) => connectTo(to, '127.0.0.1'),
      logs: async function* () {
        yield { stream: 'stdout', bytes: Buffer.from('one\n') }
        yield { stream: 'stderr', bytes: Buffer.from('two\n') }
      },
    })
    const waiting = {
      name: 'late',
      image: '',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: 'ErrImagePull' } },
    }
    const up = { ...waiting, name: 'app', containerID: 'test://app', state: { running: { startedAt: at(0).toISOString() } } }
    const pod = podOf({ containers: [{ name: 'app' }, { name: 'late' }] })
    const served: Served = { pod, status: { containerStatuses: [up, waiting] }, runtime }
    server = kubeletServer({
      port: 0,
      host: '127.0.0.1',
      tls: { ...(await authority.pair('kubelet', { commonName: 'n1', hosts: ['127.0.0.1'] })), clientCa: ca },
      find: (namespace, name) => (namespace === 'shop' && name === 'web' ? served : undefined),
      pods: () => [pod],
      clock: realClock,
      log: silent,
    })
    port = await server.listen()
    running = server.run(stop.signal)
  })
  after(async () => {
    stop.abort()
    await running
    echo.close()
    await rm(directory, { recursive: true })
  })

  const fetch = (path: string, who: Partial<Pair> = friend): Promise<[code: number | undefined, body: string]> =>
    new Promise((resolve, reject) => {
      get(
        { host: '127.0.0.1', port, path, ca, ...who, agent: false },
        answer => void text(answer).then(body => resolve([answer.statusCode, body])),
      ).once('error', reject)
    })

  it('knows the API server again in a resumed TLS session', async () => {
    const agent = new Agent({ ca, ...friend })
    const once = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get(
          { host: '127.0.0.1', port, path: '/pods', agent },
          answer => void text(answer).then(() => resolve(answer.statusCode)),
        ).once('error', reject)
      })
    for (let nth = 0; nth < 3; nth++) assert.equal(await once(), 200)
    agent.destroy()
  })
  it('lets in the API server only', async () => {
    assert.deepEqual(await fetch('/pods', {}), [401, 'Unauthorized'])
    assert.equal((await fetch('/pods', stranger))[0], 403)
    assert.equal((await fetch('/pods'))[0], 200)
    assert.deepEqual(await fetch('/healthz', {}), [200, 'ok'])
  })
  const logs: readonly [path: string, code: number, body: string][] = [
    ['/containerLogs/shop/web/app', 200, 'one\ntwo\n'],
    ['/containerLogs/shop/web/app?stream=Stdout', 200, 'one\n'],
    ['/containerLogs/shop/web/app?stream=Stderr', 200, 'two\n'],
    ['/containerLogs/shop/web/app?limitBytes=5', 200, 'one\nt'],
    ['/containerLogs/shop/web/app?stream=Stderr&limitBytes=2', 200, 'tw'],
    ['/containerLogs/shop/web/app?stream=x', 422, '{"message": "Invalid request."}'],
    ['/containerLogs/shop/gone/app', 404, 'pod "gone" does not exist'],
    ['/containerLogs/shop/web/x', 404, 'container "x" not found in pod "web"'],
    ['/containerLogs/shop/web/late', 400, 'container "late" in pod "web" is waiting to start: image can\'t be pulled'],
    ['/containerLogs/shop/web/app?previous=true', 400, 'previous terminated container "app" in pod "web" not found'],
    ['/containerLogs/shop/web/app?tailLines=-1', 422, '{"message": "Invalid request."}'],
  ]
  for (const [path, code, body] of logs)
    it(`answers ${path} with ${code}`, async () => assert.deepEqual(await fetch(path), [code, body]))

  /** Everything that comes until the server hangs up, by channel. */
  const talk = async (
    path: string,
    protocol: string,
    say: (socket: WebSocket) => void,
  ): Promise<{ channels: Map<number, string>; protocol: string }> => {
    const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, protocol, { ca, ...friend })
    const channels = new Map<number, string>()
    socket.on('message', data => {
      const bytes = data as Buffer
      const isText = protocol.includes('base64')
      const channel = isText ? bytes[0]! - 0x30 : bytes[0]!
      const body = isText ? Buffer.from(bytes.toString('latin1', 1), 'base64') : bytes.subarray(1)
      channels.set(channel, (channels.get(channel) ?? '') + body.toString('latin1'))
      if (protocol === 'v4.channel.k8s.io' && path.includes('portForward') && channels.get(0)?.endsWith('ping')) socket.close()
    })
    socket.once('open', () => say(socket))
    await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
    return { channels, protocol: socket.protocol }
  }

  it('runs a command over v5, with its input’s end and its outcome', async () => {
    const { channels, protocol } = await talk('/exec/shop/web/app?command=echo&input=1&output=1', 'v5.channel.k8s.io', socket => {
      socket.send(Buffer.from('\0hello'))
      socket.send(Buffer.of(255, 0))
    })
    assert.equal(protocol, 'v5.channel.k8s.io')
    assert.deepEqual([channels.get(1), JSON.parse(channels.get(3)!)], ['hello', { metadata: {}, status: 'Success' }])
  })
  for (const protocol of ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'])
    it(`tells the exit code over ${protocol}`, async () => {
      const { channels } = await talk('/exec/shop/web/app?command=no&command=way&error=1&output=1', protocol, () => {})
      assert.equal(channels.get(2), 'no way')
      const { reason, details } = JSON.parse(channels.get(3)!)
      assert.deepEqual([reason, details], ['NonZeroExitCode', { causes: [{ reason: 'ExitCode', message: '3' }] }])
    })
  it('passes on the size of the terminal', async () => {
    const { channels } = await talk('/exec/shop/web/app?command=size&output=1&input=1&tty=1', 'v4.channel.k8s.io', socket =>
      socket.send(Buffer.from('\x04{"Width":80,"Height":24}')),
    )
    assert.equal(channels.get(1), '80x24')
  })
  it('forwards ports in pairs of channels, each beginning with its port', async () => {
    const { port: to } = echo.address() as AddressInfo
    const { channels } = await talk(`/portForward/shop/web?ports=${to}`, 'v4.channel.k8s.io', socket =>
      socket.send(Buffer.from('\0ping')),
    )
    const head = Buffer.alloc(2)
    head.writeUInt16LE(to)
    assert.deepEqual([channels.get(0), channels.get(1)], [`${head.toString('latin1')}ping`, head.toString('latin1')])
  })
  it('hangs up when the pod has closed the last of the ports', async () => {
    const farewell = createServer(socket => socket.end('bye')).listen(0, '127.0.0.1')
    await once(farewell, 'listening')
    const { port: to } = farewell.address() as AddressInfo
    const { channels } = await talk(`/portForward/shop/web?ports=${to}`, 'v4.channel.k8s.io', () => {})
    farewell.close()
    assert.equal(channels.get(0)?.slice(2), 'bye')
  })
  it('refuses what is not running, and strangers', async () => {
    const refused = (path: string, who = friend) =>
      new Promise(resolve => {
        const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, 'v4.channel.k8s.io', { ca, ...who })
        socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode)).on('error', () => {})
      })
    assert.equal(await refused('/exec/shop/web/late?command=x'), 404)
    assert.equal(await refused('/exec/shop/gone/app?command=x'), 404)
    assert.equal(await refused('/exec/shop/web/app?command=x', stranger), 403)
  })
})
