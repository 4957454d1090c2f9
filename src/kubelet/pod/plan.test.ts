import assert from 'node:assert/strict'
import type { Container, Pod, PodSpec } from '#api/core/v1.ts'
import type { ObservedContainer, ObservedPod } from '#kubelet/runtime.ts'
import { at, attempt, ended, observedOf, podOf, sandbox } from '#kubelet/testing.ts'
import { type Known, nothingKnown } from './known.ts'
import { plan, type Step } from './plan.ts'
import { statusOf } from './status.ts'

const steps = (pod: Pod, observed: ObservedPod | undefined, now = at(60), known: Known = nothingKnown): Step[] => {
  const status = statusOf({ pod, before: pod.status ?? {}, observed, known, hostIps: ['10.0.0.1'], now })
  return [...plan({ pod, observed, status, known, now })]
}
const words = (...args: Parameters<typeof steps>): string[] =>
  steps(...args).map(step => {
    switch (step.do) {
      case 'start':
        return `start ${step.container.name} ${step.attempt}`
      case 'stop':
        return `stop ${step.container.name} ${step.graceSeconds}`
      case 'create sandbox':
        return `create sandbox ${step.attempt}`
      case 'wait':
        return `wait ${step.until.toISOString().slice(11, 19)}`
      case 'forget':
        return 'forget'
      default:
        return `${step.do} ${step.id}`
    }
  })
const init: Container = { name: 'init', image: 'init:1' }
const sidecar: Container = { name: 'side', image: 'side:1', restartPolicy: 'Always' }
const app: Container = { name: 'app', image: 'app:1' }
const running = attempt('app')
const done = (name: string): ObservedContainer => ended(name, 0, at(0), at(1))

describe('the plan for a pod', () => {
  const cases: readonly [title: string, spec: Partial<PodSpec>, observed: ObservedPod | undefined, ...expected: string[]][] = [
    ['a pod of which nothing is there gets a sandbox', {}, undefined, 'create sandbox 0'],
    ['with a sandbox its containers start', {}, observedOf([]), 'start app 0'],
    ['what runs is left alone', {}, observedOf([running])],
    ['the first init container starts first and alone', { initContainers: [init] }, observedOf([]), 'start init 0'],
    ['a running init container is waited for', { initContainers: [init] }, observedOf([attempt('init')])],
    ['after the init containers the others start', { initContainers: [init] }, observedOf([done('init')]), 'start app 0'],
    [
      'a failed init container is run again',
      { initContainers: [init] },
      observedOf([ended('init', 1, at(0), at(1))]),
      'start init 1',
    ],
    [
      'a sidecar that runs lets the next ones start',
      { initContainers: [sidecar, init] },
      observedOf([attempt('side')]),
      'start init 0',
    ],
    [
      'a sidecar that ended is started again beside the others',
      { initContainers: [sidecar] },
      observedOf([running, done('side')]),
      'start side 1',
    ],
    ['init containers are not run again once containers have started', { initContainers: [init] }, observedOf([running])],
    ['a container that ended is started again', {}, observedOf([done('app')]), 'start app 1'],
    [
      'with OnFailure a container that succeeded is not',
      { restartPolicy: 'OnFailure', containers: [app, { name: 'b', image: 'b:1' }] },
      observedOf([attempt('b'), done('app')]),
    ],
    [
      'the second crash waits for 10 s',
      {},
      observedOf([ended('app', 1, at(50), at(55), 1), ended('app', 1, at(0), at(50))]),
      'wait 12:01:05',
    ],
    [
      'a container whose image changed is stopped',
      { containers: [{ name: 'app', image: 'app:2' }] },
      observedOf([running]),
      'stop app 30',
    ],
    [
      'a broken sandbox is replaced',
      {},
      observedOf([done('app')], [{ ...sandbox, state: 'notReady' }]),
      `remove sandbox ${sandbox.id}`,
      'create sandbox 1',
    ],
    [
      'a finished pod gives its network back and keeps its containers',
      { restartPolicy: 'Never' },
      observedOf([done('app')]),
      `remove sandbox ${sandbox.id}`,
    ],
    [
      'of a container that crashed often the last two attempts stay',
      {},
      observedOf([attempt('app', { attempt: 2 }), ended('app', 1, at(0), at(1), 1), ended('app', 1, at(0), at(1), 0)]),
      'remove container test://app/0',
    ],
    [
      'sidecars are stopped when all others have ended for good',
      { restartPolicy: 'Never', initContainers: [sidecar] },
      observedOf([attempt('side'), done('app')]),
      'stop side 30',
    ],
    ['a pod that takes too long is stopped', { activeDeadlineSeconds: 30 }, observedOf([running]), 'stop app 30'],
  ]
  for (const [title, spec, observed, ...expected] of cases)
    it(title, () => assert.deepEqual(words({ ...podOf(spec), status: { startTime: at(0).toISOString() } }, observed), expected))

  it('a failed liveness probe stops the container within the probe’s own grace, to be restarted', () => {
    const pod = podOf({ containers: [{ ...app, livenessProbe: { terminationGracePeriodSeconds: 5 } }] })
    const [step] = steps(pod, observedOf([running]), at(60), { ...nothingKnown, verdicts: () => ({ liveness: false }) })
    assert.ok(step?.do === 'stop')
    assert.deepEqual([step.graceSeconds, step.message], [5, 'Container app failed liveness probe, will be restarted'])
  })
  it('a container that could not be started is tried again when its time has come', () => {
    const failure = { reason: 'ErrImagePull', message: 'no such image', image: 'app:1', at: at(0), retryAt: at(10) }
    const known = { ...nothingKnown, failure: () => failure }
    assert.deepEqual(words(podOf(), observedOf([]), at(1), known), ['wait 12:00:05'])
    assert.deepEqual(words(podOf(), observedOf([]), at(6), known), ['wait 12:00:10'])
    assert.deepEqual(words(podOf(), observedOf([]), at(10), known), ['start app 0'])
  })
})

describe('the end of a deleted pod', () => {
  const deleted = (spec: Partial<PodSpec> = {}): Pod =>
    podOf(spec, { metadata: { deletionTimestamp: at(80).toISOString(), deletionGracePeriodSeconds: 30 } })
  it('stops its containers with the grace that is left', () =>
    assert.deepEqual(words(deleted(), observedOf([running])), ['stop app 20']))
  it('stops sidecars when all else has ended', () => {
    const pod = deleted({ initContainers: [sidecar] })
    assert.deepEqual(words(pod, observedOf([running, attempt('side')])), ['stop app 20'])
    assert.deepEqual(words(pod, observedOf([done('app'), attempt('side')])), ['stop side 20'])
  })
  it('then removes everything', () =>
    assert.deepEqual(words(deleted(), observedOf([done('app')])), [
      'remove container test://app/0',
      `remove sandbox ${sandbox.id}`,
    ]))
  it('and then the pod may go', () => assert.deepEqual(words(deleted(), undefined), ['forget']))
})
