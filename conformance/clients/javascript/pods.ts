import { once } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import { Exec, Log, PortForward, type V1Pod, type V1Status } from '@kubernetes/client-node'
import { eventually } from '../../eventually.ts'
import type { Clients, Steps } from './clients.ts'
import { expect, refused, Skip, statusOf } from './steps.ts'

/** What pods run: something with a busybox in it. */
export const image = process.env.CONFORMANCE_IMAGE || 'busybox:1.37'

/** A pod that runs: logs, exec, port-forward, eviction. */
export const pods: Steps = {
  async logs(c) {
    await running(c, 'tour')
    const { namespace } = c
    expect('log', await c.core.readNamespacedPodLog({ namespace, name: 'tour', container: 'app', tailLines: 1 }), 'hello\n')
    const followed = new Sink()
    // It is followed to the end of the program: to abort it is an 'error' event that the client lets nobody catch.
    await new Log(c.config).log(namespace, 'tour', 'app', followed, { follow: true })
    await eventually(() => expect('followed log', followed.text, 'hello\n'))
  },

  async exec(c) {
    await running(c, 'tour')
    const { text, status } = await run(c, ['echo', 'hello'])
    expect('status', status.status, 'Success')
    expect('says hello', text.includes('hello'), true)
  },

  async 'exec exit code'(c) {
    await reallyRunning(c)
    const { status } = await run(c, ['sh', '-c', 'exit 7'])
    expect('reason', status.reason, 'NonZeroExitCode')
    expect('exit code', status.details?.causes?.[0]?.message, '7')
  },

  async 'exec stdin'(c) {
    await reallyRunning(c)
    const { text, status } = await run(c, ['head', '-n', '1'], Readable.from(['to and fro\n']))
    expect('status', status.status, 'Success')
    expect('printed', text, 'to and fro\n')
  },

  async 'port-forward'(c) {
    await reallyRunning(c)
    const [input, output] = [new PassThrough(), new Sink()]
    const socket = await new PortForward(c.config).portForward(c.namespace, 'tour', [8080], output, null, input)
    if (typeof socket === 'function') throw new Error('a restartable connection, unasked')
    input.write('GET /etc/passwd HTTP/1.0\r\n\r\n')
    await eventually(() => expect('status line', /^HTTP\/1\.\d (.*)/.exec(output.text)?.[1], '200 OK'))
    socket.close()
  },

  async eviction(c) {
    await running(c, 'evicted')
    const { namespace, core } = c
    const name = 'evicted'
    await core.createNamespacedPodEviction({ namespace, name, body: { metadata: { namespace, name } } })
    await eventually(async () => expect('code', (await refused(core.readNamespacedPod({ namespace, name }))).code, 404))
  },
}

/** Makes a pod of one container that speaks and sleeps, and one that serves HTTP; waits until it is Ready. */
async function running({ namespace, core }: Clients, name: string): Promise<V1Pod> {
  const containers = [
    { name: 'app', image, command: ['sh', '-c', 'echo hello; sleep 3600'] },
    { name: 'web', image, command: ['httpd', '-f', '-p', '8080'] },
  ]
  const body = { metadata: { name }, spec: { containers, terminationGracePeriodSeconds: 1 } }
  await core.createNamespacedPod({ namespace, body }).catch((error: unknown) => {
    if (statusOf(error)?.code !== 409) throw error
  })
  return eventually(async () => {
    const pod = await core.readNamespacedPod({ namespace, name })
    expect(`pod ${name} is Ready`, pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True')
    return pod
  })
}

/** The pod of the tour, unless the node only pretends to run it. */
async function reallyRunning(c: Clients): Promise<void> {
  const { spec } = await running(c, 'tour')
  const { status } = await c.core.readNode({ name: spec!.nodeName! })
  if (status?.nodeInfo?.containerRuntimeVersion.startsWith('simulated://')) throw new Skip('the node runs no containers')
}

class Sink extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk
    done()
  }
}

/** Runs a command in the pod of the tour to its end. */
async function run(c: Clients, command: string[], stdin: Readable | null = null): Promise<{ text: string; status: V1Status }> {
  const printed = new Sink()
  const ended = Promise.withResolvers<V1Status>()
  const exec = new Exec(c.config)
  const socket = await exec.exec(c.namespace, 'tour', 'app', command, printed, new Sink(), stdin, false, ended.resolve)
  once(socket, 'close').then(() => ended.reject(new Error('the connection closed before the command ended')), ended.reject)
  return { status: await ended.promise, text: printed.text }
}
