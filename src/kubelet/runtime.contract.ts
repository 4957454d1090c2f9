import assert from 'node:assert/strict'
import type { Container, Pod } from '#api/core/v1.ts'
import { type ContainerRuntime, type ObservedContainer, type ObservedPod, RuntimeError, type Streams } from './runtime.ts'

/** The image that the containers of these tests run; a runtime under test must have it. */
export const testImage = 'pinnace-test/busybox:1'

const never = new AbortController().signal

/** A pod as the API server would have it, with one container of the given kind. */
export function podOf(name: string, container: Partial<Container>, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `${name}-0f5e` },
    spec: { containers: [{ name: 'main', image: testImage, ...container }], terminationGracePeriodSeconds: 3, ...spec },
    status: { qosClass: 'BestEffort' },
  }
}

export const shell = (script: string): Partial<Container> => ({ command: ['sh', '-c', script] })

/** Drives a runtime as the kubelet does, one pod at a time. */
export class Driver {
  readonly runtime: ContainerRuntime

  constructor(runtime: ContainerRuntime) {
    this.runtime = runtime
  }

  async sandbox(pod: Pod): Promise<ObservedPod> {
    const dns = { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] }
    await this.runtime.perform({ do: 'create sandbox', pod, attempt: 0, hostname: pod.metadata.name!, dns }, never)
    return this.observe(pod)
  }

  async start(
    pod: Pod,
    attempt = 0,
    more: { env?: Record<string, string>; mounts?: { hostPath: string; containerPath: string; readOnly?: boolean }[] } = {},
  ): Promise<ObservedContainer> {
    const [sandbox] = (await this.observe(pod)).sandboxes
    const env = Object.entries(more.env ?? {}).map(([name, value]) => ({ name, value }))
    const container = pod.spec!.containers[0]!
    const { mounts = [] } = more
    await this.runtime.perform(
      { do: 'start container', pod, container, attempt, sandboxId: sandbox!.id, hash: 'abc', env, mounts },
      never,
    )
    return (await this.observe(pod)).containers[0]!
  }

  /** A pod's sandbox and its container, started. */
  async run(pod: Pod): Promise<ObservedContainer> {
    await this.sandbox(pod)
    return this.start(pod)
  }

  async observe(pod: Pod): Promise<ObservedPod> {
    const [observed] = await this.runtime.observe(pod.metadata.uid)
    return observed ?? { uid: pod.metadata.uid!, namespace: '', name: '', sandboxes: [], containers: [] }
  }

  /** The pod's newest container, as soon as it has ended. */
  async ended(pod: Pod): Promise<ObservedContainer> {
    const enough = new AbortController()
    try {
      for await (const { podUid = pod.metadata.uid } of this.runtime.changes(enough.signal)) {
        if (podUid !== pod.metadata.uid) continue
        const [container] = (await this.observe(pod)).containers
        if (container?.state === 'exited') return container
      }
    } finally {
      enough.abort()
    }
    throw new Error('the changes ended')
  }

  async logs(id: string, options: Parameters<ContainerRuntime['logs']>[1] = {}): Promise<string> {
    const pieces = await Array.fromAsync(this.runtime.logs(id, options, never), ({ bytes }) => Buffer.from(bytes))
    return Buffer.concat(pieces).toString()
  }

  async exec(
    id: string,
    command: string[],
    streams: Streams = {},
  ): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const said = { stdout: '', stderr: '' }
    const sinks = {
      stdout: (bytes: Uint8Array): void => void (said.stdout += Buffer.from(bytes)),
      ...(!streams.tty && { stderr: (bytes: Uint8Array): void => void (said.stderr += Buffer.from(bytes)) }),
    }
    const exitCode = await this.runtime.exec(id, command, { ...streams, ...sinks }, never)
    return { exitCode, ...said }
  }

  async remove(pod: Pod): Promise<void> {
    const { containers, sandboxes } = await this.observe(pod)
    for (const { id } of containers) await this.runtime.perform({ do: 'remove container', id }, never)
    for (const { id } of sandboxes) await this.runtime.perform({ do: 'remove sandbox', id }, never)
  }
}

/** What every runtime promises. `driver` gives the one under test; the tests share it. */
export function runtimeContract(driver: () => Driver): void {
  const perform: ContainerRuntime['perform'] = (...args) => driver().runtime.perform(...args)

  it('makes a sandbox that is ready and has an address of its own, however often it is asked', async () => {
    const [a, b] = [podOf('sandbox-a', {}), podOf('sandbox-b', {})]
    const [first] = (await driver().sandbox(a)).sandboxes
    const [other] = (await driver().sandbox(b)).sandboxes
    assert.equal(first?.state, 'ready')
    assert.equal(first.ips.length, 1)
    assert.notDeepEqual(first.ips, other?.ips)
    const again = await driver().sandbox(a)
    assert.deepEqual(again.sandboxes, [first])
    assert.deepEqual([again.name, again.namespace], ['sandbox-a', 'default'])
  })

  it('starts a container and says what it is', async () => {
    const pod = podOf('starts', shell('sleep 1000'))
    const { startedAt, createdAt, id, imageId, sandboxId, ...rest } = await driver().run(pod)
    assert.deepEqual(rest, { name: 'main', attempt: 0, image: testImage, hash: 'abc', state: 'running', graceSeconds: 3 })
    assert.ok(startedAt && createdAt <= startedAt)
    assert.match(id, /^\w+:\/\//)
    assert.match(imageId, /^\w/)
    assert.equal(sandboxId, (await driver().observe(pod)).sandboxes[0]?.id)
  })

  it('says how a container ended, and which pod changed when it did', async () => {
    const failing = podOf('fails', shell('sleep 0.3; exit 3'))
    await driver().run(failing)
    const failed = await driver().ended(failing)
    assert.deepEqual([failed.exitCode, failed.reason], [3, 'Error'])
    assert.ok(failed.finishedAt! >= failed.startedAt!)
    const succeeding = podOf('succeeds', { command: ['true'] })
    await driver().run(succeeding)
    const { exitCode, reason } = await driver().ended(succeeding)
    assert.deepEqual([exitCode, reason], [0, 'Completed'])
  })

  it('does not run the same attempt twice', async () => {
    const pod = podOf('once', { command: ['true'] })
    await driver().run(pod)
    const ended = await driver().ended(pod)
    assert.deepEqual(await driver().start(pod), ended)
  })

  it('keeps the earlier attempts of a container, newest first', async () => {
    const pod = podOf('again', shell('echo out; exit 1'))
    await driver().run(pod)
    await driver().ended(pod)
    await driver().start(pod, 1)
    const { containers } = await driver().observe(pod)
    assert.deepEqual(
      containers.map(({ attempt }) => attempt),
      [1, 0],
    )
    assert.equal(await driver().logs(containers[1]!.id), 'out\n')
  })

  it('gives the logs of a container that has ended: whole, the last lines, or with their times', async () => {
    const pod = podOf('logs', shell('echo one; echo two; echo three'))
    const { id } = await driver().run(pod)
    await driver().ended(pod)
    assert.equal(await driver().logs(id), 'one\ntwo\nthree\n')
    assert.equal(await driver().logs(id, { tailLines: 2 }), 'two\nthree\n')
    assert.equal(await driver().logs(id, { tailLines: 0 }), '')
    assert.match(await driver().logs(id, { timestamps: true, tailLines: 1 }), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z three\n$/)
    assert.equal(await driver().logs(id, { since: new Date('2100-01-01T00:00:00Z') }), '')
  })

  it('follows the logs of a container until it ends, or until nobody listens', async () => {
    const pod = podOf('follows', shell('echo one; sleep 0.5'))
    const { id } = await driver().run(pod)
    assert.equal(await driver().logs(id, { follow: true }), 'one\n')
    const running = await driver().run(podOf('follows-on', shell('echo one; sleep 1000')))
    const enough = new AbortController()
    for await (const { stream } of driver().runtime.logs(running.id, { follow: true }, enough.signal)) {
      assert.equal(stream, 'stdout')
      enough.abort()
    }
  })

  it('stops a container, and a stopped one again', async () => {
    const pod = podOf('stops', shell('sleep 1000'))
    const { id } = await driver().run(pod)
    await perform({ do: 'stop container', id, graceSeconds: 0 }, never)
    assert.equal((await driver().observe(pod)).containers[0]?.state, 'exited')
    await perform({ do: 'stop container', id, graceSeconds: 0 }, never)
  })

  it('runs no command in a container that has ended', async () => {
    const pod = podOf('exec-ended', { command: ['true'] })
    const { id } = await driver().run(pod)
    await driver().ended(pod)
    await assert.rejects(driver().exec(id, ['true']), RuntimeError)
  })

  it('removes containers and sandboxes, and what is gone already', async () => {
    const pod = podOf('goes', shell('sleep 1000'))
    const { id, sandboxId } = await driver().run(pod)
    await driver().remove(pod)
    assert.deepEqual(await driver().runtime.observe(pod.metadata.uid), [])
    await perform({ do: 'stop container', id, graceSeconds: 0 }, never)
    await perform({ do: 'remove container', id }, never)
    await perform({ do: 'remove sandbox', id: sandboxId }, never)
    await assert.rejects(driver().logs(id), { reason: 'NotFound' })
  })

  it('gives pods on the host’s network no address', async () => {
    const pod = podOf('on-host', {}, { hostNetwork: true })
    const [sandbox] = (await driver().sandbox(pod)).sandboxes
    assert.deepEqual([sandbox?.state, sandbox?.ips], ['ready', []])
  })

  it('knows the images that it runs', async () => {
    const image = await driver().runtime.image(testImage)
    assert.ok(image?.names.includes(testImage))
    assert.ok((await driver().runtime.images()).some(({ id }) => id === image?.id))
  })

  it('leaves nothing behind after a cleanup', async () => {
    await driver().runtime.cleanup()
    assert.deepEqual(await driver().runtime.observe(), [])
  })
}
