import assert from 'node:assert/strict'
import type { Pod } from '#api/core/v1.ts'
import { asStored } from '#resources/as-stored.ts'
import pods from '#resources/core/pods.ts'

const now = new Date('2026-01-01T01:00:00Z')

const stored = (change: (pod: Pod) => unknown = () => {}): Pod => {
  const pod = asStored(pods, { spec: { containers: [{ name: 'app', image: 'nginx' }] } }) as unknown as Pod
  change(pod)
  return pod
}

const shown = (pod: Pod): Record<string, unknown> =>
  Object.fromEntries(pods.columns!.map(column => [column.name, column.value(pod, now)]))

describe('kubectl get pods', () => {
  const running = { name: 'app', image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } }
  const crashed = { exitCode: 1, reason: 'Error', finishedAt: '2026-01-01T00:55:00Z' }
  const cases: [string, Partial<NonNullable<Pod['status']>>, Record<string, unknown>][] = [
    ['a new pod', {}, { Ready: '0/1', Status: 'Pending', Restarts: '0', Age: '60m' }],
    ['a running pod', { phase: 'Running', containerStatuses: [running] }, { Ready: '1/1', Status: 'Running' }],
    [
      'a pod that crashes again and again',
      {
        phase: 'Running',
        containerStatuses: [
          {
            ...running,
            ready: false,
            restartCount: 2,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: crashed },
          },
        ],
      },
      { Ready: '0/1', Status: 'CrashLoopBackOff', Restarts: '2 (5m ago)' },
    ],
    [
      'a pod that is done',
      {
        phase: 'Succeeded',
        containerStatuses: [{ ...running, ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
      },
      { Ready: '0/1', Status: 'Completed' },
    ],
    [
      'a pod that waits for its first init container',
      { phase: 'Pending', initContainerStatuses: [{ ...running, name: 'init', ready: false }] },
      { Status: 'Init:0/0' },
    ],
    ['an evicted pod', { phase: 'Failed', reason: 'Evicted' }, { Status: 'Evicted' }],
  ]
  for (const [title, status, expected] of cases) {
    it(`shows ${title}`, () => {
      const pod = stored()
      Object.assign(pod.status!, status)
      const cells = shown(pod)
      for (const [name, value] of Object.entries(expected)) assert.equal(cells[name], value)
    })
  }

  it('shows where it runs with -o wide', () => {
    const pod = stored(({ spec }) => (spec.nodeName = 'n1'))
    pod.status = { ...pod.status, podIPs: [{ ip: '10.244.0.5' }] }
    const { IP, Node, 'Nominated Node': nominated, 'Readiness Gates': gates } = shown(pod)
    assert.deepEqual([IP, Node, nominated, gates], ['10.244.0.5', 'n1', '<none>', '<none>'])
  })

  it('shows a deleted pod as Terminating', () => {
    const pod = stored()
    pod.metadata.deletionTimestamp = '2026-01-01T00:59:00Z'
    assert.equal(shown(pod).Status, 'Terminating')
  })
})
