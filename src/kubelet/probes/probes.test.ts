import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Container, Probe } from '#api/core/v1.ts'
import type { ContainerRuntime } from '#kubelet/runtime.ts'
import { at, noon, podOf } from '#kubelet/testing.ts'
import type { Clock } from '#machinery/clock.ts'
import { httpGet } from './http.ts'
import { Probes } from './probes.ts'
import { tcp } from './tcp.ts'

/** Time that stands still until it is told to go on. */
class ManualClock implements Clock {
  #now = noon.getTime()
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()

  now(): Date {
    return new Date(this.#now)
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || ms <= 0) return Promise.resolve()
    return new Promise(resolve => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper)
        resolve()
      }
      const sleeper = { until: this.#now + ms, wake }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  async go(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left--) {
      this.#now += 1000
      for (const { until, wake } of this.#sleepers) if (until <= this.#now) wake()
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}

describe('the probes of a container', () => {
  let clock: ManualClock
  let exitCode: number
  let tries: number
  let told: string[]
  let probes: Probes
  const pod = podOf()
  const probe = (rest: Probe = {}): Probe => ({ exec: { command: ['check'] }, periodSeconds: 10, ...rest })
  const follow = (container: Partial<Container>, isStarted = false, of = pod): void =>
    probes.follow(of, [
      { container: { name: 'app', ...container }, containerId: 'c', startedAt: noon, podIp: '127.0.0.1', isStarted },
    ])

  beforeEach(() => {
    clock = new ManualClock()
    exitCode = 0
    tries = 0
    told = []
    const runtime = {
      reachable: true,
      exec: async (_id: string, _command: readonly string[], { stdout }: { stdout?: (bytes: Uint8Array) => void }) => {
        tries++
        stdout?.(Buffer.from('broken'))
        return exitCode
      },
    } as unknown as ContainerRuntime
    probes = new Probes({ runtime, clock, changed: () => {}, tell: (_pod, _container, message) => told.push(message) })
  })
  afterEach(() => probes.stop())

  it('begin after the initial delay and go on every period', async () => {
    follow({ readinessProbe: probe({ initialDelaySeconds: 5 }) })
    await clock.go(4)
    assert.equal(tries, 0)
    await clock.go(2)
    assert.deepEqual([tries, probes.verdicts('u1', 'c')], [1, { readiness: true }])
    await clock.go(20)
    assert.equal(tries, 3)
  })
  it('judge after as many failures or successes in a row as they should', async () => {
    exitCode = 1
    follow({ readinessProbe: probe({ failureThreshold: 2, successThreshold: 2 }) })
    await clock.go(5)
    assert.deepEqual(probes.verdicts('u1', 'c'), {})
    await clock.go(10)
    assert.deepEqual(probes.verdicts('u1', 'c'), { readiness: false })
    exitCode = 0
    await clock.go(10)
    assert.deepEqual(probes.verdicts('u1', 'c'), { readiness: false })
    await clock.go(10)
    assert.deepEqual(probes.verdicts('u1', 'c'), { readiness: true })
    assert.deepEqual(told, ['Readiness probe failed: broken', 'Readiness probe failed: broken'])
  })
  it('wait for the startup probe, and not where it succeeded before', async () => {
    exitCode = 1
    follow({ startupProbe: probe(), livenessProbe: probe({ failureThreshold: 1 }) })
    await clock.go(5)
    assert.deepEqual([tries, probes.verdicts('u1', 'c')], [1, {}])
    exitCode = 0
    await clock.go(10)
    assert.deepEqual(probes.verdicts('u1', 'c'), { startup: true, liveness: true })
    probes.follow(pod, [])
    tries = 0
    follow({ startupProbe: probe() }, true)
    await clock.go(30)
    assert.deepEqual([tries, probes.verdicts('u1', 'c')], [0, { startup: true }])
  })
  it('stop when liveness has failed, when the pod is deleted, and when the container is gone', async () => {
    exitCode = 1
    follow({ livenessProbe: probe({ failureThreshold: 1 }) })
    await clock.go(30)
    assert.deepEqual([tries, probes.verdicts('u1', 'c')], [1, { liveness: false }])
    probes.follow(pod, [])
    assert.deepEqual(probes.verdicts('u1', 'c'), {})
    exitCode = 0
    follow({ livenessProbe: probe() })
    await clock.go(1)
    follow({ livenessProbe: probe() }, false, podOf({}, { metadata: { deletionTimestamp: at(9).toISOString() } }))
    await clock.go(30)
    assert.equal(tries, 2)
  })
  it('of a kind that is not there yet count neither way, and say so', async () => {
    follow({ readinessProbe: { grpc: { port: 1 } } })
    await clock.go(1)
    assert.deepEqual(
      [probes.verdicts('u1', 'c'), told],
      [{}, ['Readiness probe errored and resulted in unknown state: gRPC probes are not supported yet']],
    )
  })
})

describe('a probe over the network', () => {
  let server: Server
  let port: number
  let seen: Record<string, unknown>
  const signal = new AbortController().signal
  const target = () => ({
    pod: podOf(),
    container: { name: 'app', ports: [{ name: 'web', containerPort: port }] },
    containerId: 'c',
    podIp: '127.0.0.1',
    runtime: {} as ContainerRuntime,
  })
  before(async () => {
    server = createServer((request, answer) => {
      seen = { ...request.headers, url: request.url }
      answer.writeHead(request.url === '/bad' ? 500 : 302).end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  after(() => server.close())

  it('takes 200 to 399 as success, and says otherwise what came', async () => {
    const httpHeaders = [{ name: 'X-Probe', value: '1' }]
    assert.deepEqual(await httpGet({ port: 'web', path: 'ok', httpHeaders }, target(), 1000, signal), { ok: true, output: '' })
    assert.deepEqual([seen['x-probe'], seen['user-agent'], seen.url], ['1', 'kube-probe/1.36', '/ok'])
    assert.deepEqual(await httpGet({ port, path: '/bad' }, target(), 1000, signal), {
      ok: false,
      output: 'HTTP probe failed with statuscode: 500',
    })
  })
  it('says in Go’s words why nobody answered', async () => {
    assert.deepEqual(await tcp({ port }, target(), 1000, signal), { ok: true, output: '' })
    assert.deepEqual(await tcp({ port: 1 }, target(), 1000, signal), {
      ok: false,
      output: 'dial tcp 127.0.0.1:1: connect: connection refused',
    })
    const { output } = await httpGet({ port: 1 }, target(), 1000, signal)
    assert.equal(output, 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused')
  })
})
