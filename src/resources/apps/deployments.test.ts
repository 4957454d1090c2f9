import assert from 'node:assert/strict'
import type { Deployment } from '#api/apps/v1.ts'
import { clone } from '#machinery/clone.ts'
import { somebody } from '#resources/as-stored.ts'
import deployments from './deployments.ts'

const now = new Date('2026-01-01T00:00:30Z')

const minimal = (): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'nginx:1' }] } },
  },
})

const stored = (change: (deployment: Deployment) => unknown = () => {}, before?: Deployment): Deployment => {
  const deployment = before ? clone(before) : minimal()
  change(deployment)
  deployments.default!(deployment, before)
  deployments.prepare!(deployment, before, somebody)
  return deployment
}

const complaints = (change: (deployment: Deployment) => unknown, before?: Deployment): string[] =>
  [...deployments.validate!(stored(change, before), before)].map(({ field, message }) => `${field}: ${message}`)

describe('deployments', () => {
  it('fill in what a minimal deployment leaves out, as upstream does', () => {
    assert.deepEqual(stored().spec, {
      progressDeadlineSeconds: 600,
      replicas: 1,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'nginx:1',
              imagePullPolicy: 'IfNotPresent',
              resources: {},
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
            },
          ],
          dnsPolicy: 'ClusterFirst',
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          securityContext: {},
          terminationGracePeriodSeconds: 30,
        },
      },
    })
    assert.deepEqual(stored().status, {})
  })

  it('do not roll when they are to be recreated', () => {
    assert.deepEqual(stored(({ spec }) => (spec.strategy = { type: 'Recreate' })).spec.strategy, { type: 'Recreate' })
  })

  describe('are refused in upstream words', () => {
    const mismatch = (labels: string) =>
      `spec.template.metadata.labels: Invalid value: ${labels}: \`selector\` does not match template \`labels\``
    const cases: [string, (deployment: Deployment) => unknown, string[]][] = [
      ['nothing wrong', () => {}, []],
      [
        'no selector',
        ({ spec }) => delete (spec as Partial<Deployment['spec']>).selector,
        ['spec.selector: Required value', mismatch('{"app":"web"}')],
      ],
      [
        'an empty selector',
        ({ spec }) => (spec.selector = {}),
        ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
      ],
      [
        'a selector that finds others',
        ({ spec }) => (spec.selector = { matchLabels: { app: 'db' } }),
        [mismatch('{"app":"web"}')],
      ],
      [
        'fewer than no replicas',
        ({ spec }) => (spec.replicas = -1),
        ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
      ],
      [
        'pods that end',
        ({ spec }) => Object.assign(spec.template.spec!, { restartPolicy: 'Never' }),
        ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
      ],
      [
        'an update that cannot move',
        ({ spec }) => (spec.strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }),
        ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
      ],
      [
        'more than all unavailable',
        ({ spec }) => (spec.strategy = { rollingUpdate: { maxUnavailable: '101%' } }),
        ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
      ],
      [
        'a way of updating that does not exist',
        ({ spec }) => Object.assign(spec, { strategy: { type: 'Jump' } }),
        ['spec.strategy: Unsupported value: {"Type":"Jump","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"'],
      ],
      [
        'no time to progress',
        ({ spec }) => (spec.minReadySeconds = 600),
        ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
      ],
    ]
    for (const [title, change, expected] of cases) it(title, () => assert.deepEqual(complaints(change), expected))
  })

  it('keep their selector', () => {
    const change = ({ spec }: Deployment) => {
      spec.selector = { matchLabels: { app: 'db' } }
      spec.template.metadata!.labels = { app: 'db' }
    }
    assert.deepEqual(complaints(change, stored()), [
      'spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable',
    ])
  })

  it('count a change of annotations as a change of what is asked for', () => {
    const before = stored(({ metadata }) => (metadata.generation = 4))
    assert.equal(stored(({ metadata }) => (metadata.annotations = { a: 'b' }), before).metadata.generation, 5)
    assert.equal(stored(({ metadata }) => (metadata.labels = { a: 'b' }), before).metadata.generation, 4)
  })

  it('scale through their door', () => {
    const { get, put } = deployments.subresources!.scale!
    const deployment = stored(({ spec }) => (spec.replicas = 3))
    assert.deepEqual((get!(deployment) as { spec: unknown }).spec, { replicas: 3 })
    const scaled = put!(deployment, { ...deployment, spec: { replicas: 5 } } as Deployment) as Deployment
    assert.equal(scaled.spec.replicas, 5)
  })

  it('are shown by kubectl', () => {
    const deployment = stored(({ spec }) => (spec.replicas = 3))
    deployment.status = { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 }
    assert.deepEqual(
      deployments.columns!.map(({ name, value, priority }) => [name, value(deployment, now), priority ?? 0]),
      [
        ['Name', 'web', 0],
        ['Ready', '2/3', 0],
        ['Up-to-date', 3, 0],
        ['Available', 1, 0],
        ['Age', '30s', 0],
        ['Containers', 'app', 1],
        ['Images', 'nginx:1', 1],
        ['Selector', 'app=web', 1],
      ],
    )
  })
})
