import assert from 'node:assert/strict'
import type { Container, Pod, PodSpec, PodStatus } from '#api/core/v1.ts'
import type { ObservedPod } from '#kubelet/runtime.ts'
import { at, attempt, ended, observedOf, podOf } from '#kubelet/testing.ts'
import { type Known, nothingKnown } from './known.ts'
import { statusOf } from './status.ts'

const status = (
  pod: Pod,
  observed: ObservedPod | undefined,
  rest: { before?: PodStatus; known?: Known; now?: Date } = {},
): PodStatus =>
  statusOf({
    pod,
    before: rest.before ?? {},
    observed,
    known: rest.known ?? nothingKnown,
    hostIps: ['10.0.0.1'],
    now: rest.now ?? at(60),
  })
const condition = (of: PodStatus, wanted: string): string => {
  const { status: is, reason, message } = of.conditions!.find(({ type }) => type === wanted)!
  return [is, reason, message].filter(Boolean).join(' ')
}
const running = attempt('app')

describe('the phase of a pod', () => {
  const sidecar: Container = { name: 'side', restartPolicy: 'Always' }
  const cases: readonly [title: string, spec: Partial<PodSpec>, observed: ObservedPod | undefined, phase: string][] = [
    ['Pending while nothing is there', {}, undefined, 'Pending'],
    ['Running while a container runs', {}, observedOf([running]), 'Running'],
    ['Pending while init containers run', { initContainers: [{ name: 'init' }] }, observedOf([attempt('init')]), 'Pending'],
    [
      'Running while all its containers are about to be started again',
      {},
      observedOf([ended('app', 0, at(0), at(1))]),
      'Running',
    ],
    [
      'Succeeded when all ended well for good',
      { restartPolicy: 'Never' },
      observedOf([ended('app', 0, at(0), at(1))]),
      'Succeeded',
    ],
    ['Failed when one did not', { restartPolicy: 'Never' }, observedOf([ended('app', 3, at(0), at(1))]), 'Failed'],
    [
      'Running when one with OnFailure did not',
      { restartPolicy: 'OnFailure' },
      observedOf([ended('app', 3, at(0), at(1))]),
      'Running',
    ],
    [
      'Failed when an init container failed for good',
      { restartPolicy: 'Never', initContainers: [{ name: 'init' }] },
      observedOf([ended('init', 1, at(0), at(1))]),
      'Failed',
    ],
    [
      'Running while only its sidecar still runs',
      { restartPolicy: 'Never', initContainers: [sidecar] },
      observedOf([attempt('side'), ended('app', 0, at(0), at(1))]),
      'Running',
    ],
  ]
  for (const [title, spec, observed, phase] of cases) it(title, () => assert.equal(status(podOf(spec), observed).phase, phase))

  it('is Failed when a deleted pod had to be killed, and Succeeded when it ended well', () => {
    const pod = podOf({}, { metadata: { deletionTimestamp: at(59).toISOString() } })
    assert.equal(status(pod, observedOf([ended('app', 137, at(0), at(60))])).phase, 'Failed')
    assert.equal(status(pod, observedOf([ended('app', 0, at(0), at(60))])).phase, 'Succeeded')
  })
  it('never leaves Succeeded', () =>
    assert.equal(status(podOf(), observedOf([running]), { before: { phase: 'Succeeded' } }).phase, 'Succeeded'))
  it('is Failed with DeadlineExceeded after the active deadline', () => {
    const { phase, reason, message } = status(podOf({ activeDeadlineSeconds: 30 }), observedOf([running]), {
      before: { startTime: at(0).toISOString() },
    })
    assert.deepEqual(
      [phase, reason, message],
      ['Failed', 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline'],
    )
  })
})

describe('the state of a container', () => {
  const app = (of: PodStatus) => of.containerStatuses![0]!
  it('waits for ContainerCreating, or PodInitializing with init containers', () => {
    assert.deepEqual(app(status(podOf(), undefined)).state, { waiting: { reason: 'ContainerCreating' } })
    assert.deepEqual(app(status(podOf({ initContainers: [{ name: 'init' }] }), undefined)).state, {
      waiting: { reason: 'PodInitializing' },
    })
  })
  it('is running, ready and started', () => {
    const { state, ready, started, restartCount, containerID } = app(status(podOf(), observedOf([running])))
    assert.deepEqual(
      [state, ready, started, restartCount, containerID],
      [{ running: { startedAt: '2026-01-01T12:00:00Z' } }, true, true, 0, running.id],
    )
  })
  it('is CrashLoopBackOff with upstream’s message while it waits', () => {
    const attempts = [ended('app', 1, at(50), at(55), 1), ended('app', 1, at(0), at(50))]
    const { state, lastState, restartCount } = app(status(podOf(), observedOf(attempts)))
    const message = 'back-off 10s restarting failed container=app pod=web_shop(u1)'
    assert.deepEqual(state, { waiting: { reason: 'CrashLoopBackOff', message } })
    assert.equal(lastState?.terminated?.exitCode, 1)
    assert.equal(restartCount, 1)
  })
  it('is ErrImagePull and after half the wait ImagePullBackOff', () => {
    const failure = { reason: 'ErrImagePull', message: 'not found', image: 'app:1', at: at(0), retryAt: at(10) }
    const known = { ...nothingKnown, failure: () => failure }
    assert.deepEqual(app(status(podOf(), observedOf([]), { known, now: at(1) })).state?.waiting, {
      reason: 'ErrImagePull',
      message: 'not found',
    })
    const message = 'Back-off pulling image "app:1": ErrImagePull: not found'
    assert.deepEqual(app(status(podOf(), observedOf([]), { known, now: at(6) })).state?.waiting, {
      reason: 'ImagePullBackOff',
      message,
    })
  })
  it('is not ready before its readiness probe succeeded, nor started before its startup probe did', () => {
    const pod = podOf({ containers: [{ name: 'app', image: 'app:1', readinessProbe: {}, startupProbe: {} }] })
    const seen = (known: Known) => {
      const { ready, started } = app(status(pod, observedOf([running]), { known }))
      return [ready, started]
    }
    assert.deepEqual(seen(nothingKnown), [false, false])
    assert.deepEqual(seen({ ...nothingKnown, verdicts: () => ({ startup: true }) }), [false, true])
    assert.deepEqual(seen({ ...nothingKnown, verdicts: () => ({ startup: true, readiness: true }) }), [true, true])
  })
  it('stays ready over a restart of the kubelet, which has not probed it yet', () => {
    const pod = podOf({ containers: [{ name: 'app', image: 'app:1', readinessProbe: {} }] })
    const before = status(pod, observedOf([running]), { known: { ...nothingKnown, verdicts: () => ({ readiness: true }) } })
    assert.equal(app(status(pod, observedOf([running]), { before })).ready, true)
  })
  it('keeps how it ended when the runtime has forgotten it', () => {
    const pod = podOf({ restartPolicy: 'Never' })
    const before = status(pod, observedOf([ended('app', 3, at(0), at(1))]))
    assert.deepEqual(app(status(pod, undefined, { before })).state, app(before).state)
  })
})

describe('the conditions of a pod', () => {
  it('say what is missing', () => {
    const found = status(podOf({ initContainers: [{ name: 'init' }] }), observedOf([attempt('init')]))
    assert.equal(condition(found, 'PodReadyToStartContainers'), 'True')
    assert.equal(condition(found, 'Initialized'), 'False ContainersNotInitialized containers with incomplete status: [init]')
    assert.equal(condition(found, 'Ready'), 'False ContainersNotReady containers with unready status: [app]')
  })
  it('wait for readiness gates', () => {
    const pod = podOf({ readinessGates: [{ conditionType: 'example.com/gate' }] })
    const found = status(pod, observedOf([running]))
    assert.equal(condition(found, 'ContainersReady'), 'True')
    const message = 'corresponding condition of pod readiness gate "example.com/gate" does not exist.'
    assert.equal(condition(found, 'Ready'), `False ReadinessGatesNotReady ${message}`)
  })
  it('keep the time of their last change, and other people’s conditions as they are', () => {
    const other = { type: 'example.com/gate', status: 'True' as const, lastTransitionTime: at(5).toISOString() }
    const pod = podOf({}, { status: { conditions: [other] } })
    const before = status(pod, observedOf([running]), { now: at(10) })
    const after = status(pod, observedOf([running]), { before, now: at(60) })
    assert.deepEqual(after.conditions, before.conditions)
    assert.ok(after.conditions!.some(({ type }) => type === other.type))
  })
  it('are PodCompleted when it has succeeded', () => {
    const found = status(podOf({ restartPolicy: 'Never' }), observedOf([ended('app', 0, at(0), at(1))]))
    assert.equal(condition(found, 'Initialized'), 'True PodCompleted')
    assert.equal(condition(found, 'Ready'), 'False PodCompleted')
  })
})
