import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Probe } from '@kubernetes/client-node'
import { conformance } from './harness/conformance.ts'
import {
  busybox,
  type Container,
  conditionOf,
  ended,
  idle,
  logSays,
  noPods,
  type Pod,
  pod,
  podThat,
  ready,
  script,
  start,
} from './harness/pods.ts'
import type { Body } from './harness/site.ts'
import type { Trial } from './harness/trial.ts'

const stateOf = (it: Pod): string => Object.keys(it.status?.containerStatuses?.[0]?.state ?? {}).join()
const restartsOf = (it: Pod): number => it.status?.containerStatuses?.[0]?.restartCount ?? 0

const counts =
  'f=/restart-count/it; echo hello >>$f; count=$(wc -l <$f); [ $count -eq 1 ] && exit 1; [ $count -eq 2 ] && exit 0; while :; do sleep 1; done'

/** A container that has ended leaves this message. */
const message = (container: Container, phase: 'Succeeded' | 'Failed', wanted: string): Body => {
  return async t => {
    await t.of('pods').create(pod('it', { restartPolicy: 'Never', containers: [{ name: 'main', image: busybox, ...container }] }))
    const { status } = await ended(t, 'it', phase)
    assert.equal(status?.containerStatuses?.[0]?.state?.terminated?.message ?? '', wanted)
  }
}
const says = (text: string): Container => ({
  command: ['sh', '-c', text],
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'FallbackToLogsOnError',
})

conformance('sig-node', 'Container Runtime', {
  'blackbox test when starting a container that exits should run with the expected status': async t => {
    const volumes = [{ name: 'it', emptyDir: { medium: 'Memory' } }]
    const containers = [script(counts, { volumeMounts: [{ name: 'it', mountPath: '/restart-count' }] })]
    for (const [restartPolicy, phase, state, restarts, isReady] of [
      ['Always', 'Running', 'running', 2, 'True'],
      ['OnFailure', 'Succeeded', 'terminated', 1, 'False'],
      ['Never', 'Failed', 'terminated', 0, 'False'],
    ] as const) {
      const name = restartPolicy.toLowerCase()
      await t.of('pods').create(pod(name, { restartPolicy, containers, volumes }))
      await podThat(t, name, it => {
        assert.deepEqual([restartsOf(it), it.status?.phase, stateOf(it)], [restarts, phase, state])
        assert.equal(conditionOf(it, 'Ready'), isReady)
      })
      await t.of('pods').delete(name)
      await noPods(t, `name=${name}`)
    }
  },
  'blackbox test on terminated container should report termination message if TerminationMessagePath is set as non-root user and at a non-default path':
    message(
      {
        command: ['sh', '-c', 'echo -n DONE >/dev/termination-custom-log'],
        terminationMessagePath: '/dev/termination-custom-log',
        securityContext: { runAsUser: 10_000 },
      },
      'Succeeded',
      'DONE',
    ),
  'blackbox test on terminated container should report termination message from log output if TerminationMessagePolicy FallbackToLogsOnError is set':
    message(says('echo -n DONE; false'), 'Failed', 'DONE'),
  'blackbox test on terminated container should report termination message as empty when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set':
    message(says('echo -n DONE; true'), 'Succeeded', ''),
  'blackbox test on terminated container should report termination message from file when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set':
    message(says('echo -n OK >/dev/termination-log; echo DONE; true'), 'Succeeded', 'OK'),
})

const run = (name: string, command: string): Container => ({ name, image: busybox, command: [command] })

/** All init containers have ended well, and the pod knows. */
function initialized({ status }: Pod): void {
  assert.equal(status?.conditions?.find(({ type }) => type === 'Initialized')?.status, 'True')
  assert.equal(status?.initContainerStatuses?.length, 2)
  for (const { ready, state } of status?.initContainerStatuses ?? [])
    assert.deepEqual([ready, state?.terminated?.exitCode], [true, 0])
}

/** What is seen of a pod whose first init container fails: nothing of the others ever starts. */
async function nothingStarts(t: Trial, restartPolicy: 'Always' | 'Never', isOver: (it: Pod) => boolean): Promise<Pod> {
  const created = await t.of('pods').create(
    pod('it', {
      restartPolicy,
      initContainers: [run('init1', 'false'), run('init2', 'true')],
      containers: [run('run1', 'true')],
    }),
  )
  const watching = t.of('pods').watch({ fieldSelector: 'metadata.name=it', resourceVersion: created.metadata?.resourceVersion })
  t.defer(() => watching.stop())
  const last = await watching.until('MODIFIED', isOver, 60_000)
  for (const { object } of watching.news) {
    const [, second] = object.status?.initContainerStatuses ?? []
    for (const status of [...(object.status?.containerStatuses ?? []), ...(second ? [second] : [])])
      assert.equal(status.state?.waiting?.reason, 'PodInitializing', JSON.stringify(status))
  }
  assert.equal(conditionOf(last, 'Initialized'), 'False')
  return last
}

conformance('sig-node', 'InitContainer', {
  'should invoke init containers on a RestartNever pod': async t => {
    await t.of('pods').create(
      pod('it', {
        restartPolicy: 'Never',
        initContainers: [run('init1', 'true'), run('init2', 'true')],
        containers: [run('run1', 'true')],
      }),
    )
    initialized(await ended(t, 'it'))
  },
  'should invoke init containers on a RestartAlways pod': async t => {
    const limits = { cpu: '100m' }
    initialized(
      await start(
        t,
        pod('it', {
          initContainers: [run('init1', 'true'), run('init2', 'true')],
          containers: [idle({ resources: { limits } })],
        }),
      ),
    )
  },
  'should not start app containers if init containers fail on a RestartAlways pod': async t => {
    const last = await nothingStarts(t, 'Always', it => (it.status?.initContainerStatuses?.[0]?.restartCount ?? 0) >= 2)
    assert.equal(last.status?.phase, 'Pending')
  },
  'should not start app containers and fail the pod if init containers fail on a RestartNever pod': async t => {
    const last = await nothingStarts(t, 'Never', it => it.status?.phase === 'Failed')
    assert.equal(last.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode, 1)
  },
})

/** A web server on 8080 whose /healthz goes away after so many seconds. */
const server = (seconds: number): string =>
  `mkdir -p /www; echo ok >/www/healthz; echo ok >/www/index.html; httpd -f -p 8080 -h /www & sleep ${seconds}; rm /www/healthz; while :; do sleep 1; done`

const http = (path: string): V1Probe => ({
  httpGet: { path, port: 8080 },
  initialDelaySeconds: 2,
  periodSeconds: 1,
  failureThreshold: 1,
})
const healthy: V1Probe = {
  exec: { command: ['cat', '/tmp/health'] },
  initialDelaySeconds: 2,
  periodSeconds: 1,
  timeoutSeconds: 5,
  failureThreshold: 1,
}

const restarts = (text: string, livenessProbe: V1Probe, count: number): Body => {
  return async t => {
    await t.of('pods').create(pod('it', { containers: [script(text, { livenessProbe })] }))
    let before = 0
    await podThat(
      t,
      'it',
      it => {
        assert.ok(restartsOf(it) >= before, 'it never falls')
        before = restartsOf(it)
        assert.ok(before >= count)
      },
      120_000,
    )
  }
}

/** Upstream watches for four minutes; its probes come ten times as rarely. */
const staysUp = (text: string, livenessProbe: V1Probe): Body => {
  return async t => {
    await start(t, pod('it', { containers: [script(text, { livenessProbe })] }))
    await sleep(20_000)
    assert.equal(restartsOf(await t.of('pods').get('it')), 0)
  }
}

conformance('sig-node', 'Probing container', {
  'with readiness probe should not be ready before initial delay and never restart': async t => {
    const readinessProbe = { httpGet: { path: '/', port: 8080 }, initialDelaySeconds: 5, periodSeconds: 1 }
    await t.of('pods').create(pod('it', { containers: [script(server(600), { readinessProbe })] }))
    const { status } = await ready(t, 'it')
    const at = Date.parse(status!.conditions!.find(({ type }) => type === 'Ready')!.lastTransitionTime!)
    const started = Date.parse(status!.containerStatuses![0]!.state!.running!.startedAt!)
    assert.ok(at - started >= 5000, `ready ${at - started} ms after the start`)
    assert.equal(status?.containerStatuses?.[0]?.restartCount, 0)
  },
  'with readiness probe that fails should never be ready and never restart': async t => {
    const readinessProbe = { exec: { command: ['false'] }, initialDelaySeconds: 2, periodSeconds: 1 }
    await t.of('pods').create(pod('it', { containers: [idle({ readinessProbe })] }))
    const watching = t.of('pods').watch({ fieldSelector: 'metadata.name=it' })
    t.defer(() => watching.stop())
    await sleep(20_000)
    assert.ok(watching.news.length > 0)
    for (const { object } of watching.news) assert.notEqual(conditionOf(object, 'Ready'), 'True')
    assert.equal(restartsOf(await t.of('pods').get('it')), 0)
  },
  'should be restarted with a exec "cat /tmp/health" liveness probe': restarts(
    'echo ok >/tmp/health; sleep 5; rm /tmp/health; while :; do sleep 1; done',
    healthy,
    1,
  ),
  'should *not* be restarted with a exec "cat /tmp/health" liveness probe': staysUp(
    'echo ok >/tmp/health; while :; do sleep 1; done',
    healthy,
  ),
  'should be restarted with a /healthz http liveness probe': restarts(server(5), http('/healthz'), 1),
  'should *not* be restarted with a tcp:8080 liveness probe': staysUp(server(5), {
    tcpSocket: { port: 8080 },
    initialDelaySeconds: 2,
    periodSeconds: 1,
    failureThreshold: 1,
  }),
  'should *not* be restarted with a /healthz http liveness probe': staysUp(server(600), {
    ...http('/'),
    failureThreshold: 5,
    timeoutSeconds: 5,
  }),
  // Upstream waits for the fifth restart, which the back-off lets come after three minutes.
  'should have monotonically increasing restart count': restarts(server(3), http('/healthz'), 3),
})

/** A server that writes down what it is asked; its address. */
async function listener(t: Trial): Promise<string> {
  const text = 'mkdir -p /www; touch /www/poststart /www/prestop; httpd -f -vvv -p 8080 -h /www & wait'
  const it = await start(
    t,
    pod('listener', { containers: [script(text, { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } })] }),
  )
  return it.status!.podIP!
}

const ask = (address: string, what: string): string => `printf 'GET /${what} HTTP/1.0\\r\\n\\r\\n' | nc ${address} 8080`

const hook = (which: 'postStart' | 'preStop', how: 'exec' | 'http'): Body => {
  return async t => {
    const address = await listener(t)
    const what = which.toLowerCase()
    const action =
      how === 'exec'
        ? { exec: { command: ['sh', '-c', ask(address, what)] } }
        : { httpGet: { host: address, path: `/${what}`, port: 8080 } }
    await start(t, pod('it', { containers: [idle({ lifecycle: { [which]: action } })] }))
    if (which === 'postStart') await logSays(t, 'listener', /url:\/poststart/)
    await t.of('pods').delete('it', { gracePeriodSeconds: 15 })
    await noPods(t, 'name=it')
    if (which === 'preStop') await logSays(t, 'listener', /url:\/prestop/)
  }
}

conformance('sig-node', 'Container Lifecycle Hook', {
  'when create a pod with lifecycle hook should execute poststart exec hook properly': hook('postStart', 'exec'),
  'when create a pod with lifecycle hook should execute prestop exec hook properly': hook('preStop', 'exec'),
  'when create a pod with lifecycle hook should execute poststart http hook properly': hook('postStart', 'http'),
  'when create a pod with lifecycle hook should execute prestop http hook properly': hook('preStop', 'http'),
})

conformance('sig-node', 'PreStop', {
  'should call prestop when killing a pod': async t => {
    const address = await listener(t)
    const lifecycle = { preStop: { exec: { command: ['sh', '-c', ask(address, 'prestop')] } } }
    await start(t, pod('tester', { containers: [script('sleep 600 & wait', { lifecycle })], terminationGracePeriodSeconds: 30 }))
    await t.of('pods').delete('tester')
    await logSays(t, 'listener', /url:\/prestop/)
  },
})
