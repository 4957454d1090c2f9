import assert from 'node:assert/strict'
import type { Pod } from '#api/core/v1.ts'
import { isReason } from '#api/status.ts'
import { clone } from '#machinery/clone.ts'
import { somebody } from '#resources/as-stored.ts'
import pods from './pods.ts'

const minimal = (): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [{ name: 'app', image: 'nginx' }] },
})

/** A pod as the API server would store it. */
const stored = (change: (pod: Pod) => unknown = () => {}): Pod => {
  const pod = minimal()
  change(pod)
  pods.default!(pod, undefined)
  pods.prepare!(pod, undefined, somebody)
  return pod
}

/** What is wrong with the minimal pod after a change, as kubectl prints it. */
const complaints = (change: (pod: Pod) => unknown, before?: Pod): string[] => {
  const pod = before ? clone(before) : minimal()
  change(pod)
  pods.default!(pod, before)
  pods.prepare!(pod, before, somebody)
  return [...pods.validate!(pod, before)].map(({ field, message }) => `${field}: ${message}`)
}

describe('pods', () => {
  it('fill in what a minimal pod leaves out, as upstream does', () => {
    assert.deepEqual(stored().spec, {
      containers: [
        {
          name: 'app',
          image: 'nginx',
          imagePullPolicy: 'Always',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    })
    assert.deepEqual(stored().status, { phase: 'Pending', qosClass: 'BestEffort' })
  })

  it('fill in ports, probes, environment, requests and volumes', () => {
    const { spec } = stored(({ spec }) => {
      spec.hostNetwork = true
      Object.assign(spec.containers[0]!, {
        image: 'registry:5000/team/app:v1',
        ports: [{ containerPort: 80 }],
        env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
        resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
        livenessProbe: { httpGet: { port: 80 } },
      })
      spec.volumes = [{ name: 'tmp' }, { name: 'cfg', configMap: { name: 'c' } }, { name: 'host', hostPath: { path: '/data' } }]
    })
    const [container] = spec.containers
    assert.equal(container?.imagePullPolicy, 'IfNotPresent')
    assert.deepEqual(container?.ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }])
    assert.deepEqual(container?.env?.[0]?.valueFrom?.fieldRef, { apiVersion: 'v1', fieldPath: 'status.podIP' })
    assert.deepEqual(container?.resources?.requests, { cpu: '500m', memory: '1Gi' })
    assert.deepEqual(container?.livenessProbe, {
      httpGet: { path: '/', port: 80, scheme: 'HTTP' },
      failureThreshold: 3,
      periodSeconds: 10,
      successThreshold: 1,
      timeoutSeconds: 1,
    })
    assert.deepEqual(spec.volumes, [
      { name: 'tmp', emptyDir: {} },
      { name: 'cfg', configMap: { name: 'c', defaultMode: 420 } },
      { name: 'host', hostPath: { path: '/data', type: '' } },
    ])
  })

  it('are guaranteed what they ask for when that is their limit', () => {
    const withResources = (resources: object) =>
      stored(({ spec }) => Object.assign(spec.containers[0]!, { resources })).status?.qosClass
    assert.equal(withResources({ limits: { cpu: '1', memory: '1Gi' } }), 'Guaranteed')
    assert.equal(
      withResources({ limits: { cpu: '1000m', memory: '1Gi' }, requests: { cpu: '1', memory: '1024Mi' } }),
      'Guaranteed',
    )
    assert.equal(withResources({ requests: { cpu: '1' } }), 'Burstable')
    assert.equal(withResources({ limits: { cpu: '1' } }), 'Burstable')
    assert.equal(withResources({ requests: { 'ephemeral-storage': '1Gi' } }), 'BestEffort')
  })

  it('wait at their scheduling gates', () => {
    const [condition] = stored(({ spec }) => Object.assign(spec, { schedulingGates: [{ name: 'a/b' }] })).status!.conditions!
    assert.equal(condition?.reason, 'SchedulingGated')
  })

  describe('are refused in upstream words', () => {
    const label =
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    const app = (spec: Pod['spec']) => spec.containers[0]!
    const cases: [string, (pod: Pod) => void, string[]][] = [
      [
        'sysctls of no good name',
        ({ spec }) =>
          (spec.securityContext = {
            sysctls: ['net/ipv4/ip_forward', 'kernel.shmmax', 'bar..', ''].map(name => ({ name, value: '1' })),
          }),
        [
          'spec.securityContext.sysctls[2].name: Invalid value: "bar..": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
          'spec.securityContext.sysctls[3].name: Required value',
        ],
      ],
      ['no containers', ({ spec }) => (spec.containers = []), ['spec.containers: Required value']],
      ['no image', ({ spec }) => delete app(spec).image, ['spec.containers[0].image: Required value']],
      ['a bad name', ({ spec }) => (app(spec).name = 'App'), [`spec.containers[0].name: Invalid value: "App": ${label}`]],
      [
        'two containers of one name',
        ({ spec }) => spec.containers.push({ name: 'app', image: 'b' }),
        ['spec.containers[1].name: Duplicate value: "app"'],
      ],
      [
        'a restart policy that does not exist',
        ({ spec }) => Object.assign(spec, { restartPolicy: 'Sometimes' }),
        ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
      ],
      [
        'a port out of range',
        ({ spec }) => (app(spec).ports = [{ containerPort: 70000 }]),
        ['spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
      ],
      [
        'a mount of no volume',
        ({ spec }) => (app(spec).volumeMounts = [{ name: 'data', mountPath: '/data' }]),
        ['spec.containers[0].volumeMounts[0].name: Not found: "data"'],
      ],
      [
        'requests above limits',
        ({ spec }) => (app(spec).resources = { limits: { cpu: '1' }, requests: { cpu: '2' } }),
        ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
      ],
      [
        'a probe that does nothing',
        ({ spec }) => (app(spec).readinessProbe = {}),
        ['spec.containers[0].readinessProbe: Required value: must specify a handler type'],
      ],
      [
        'a value from nowhere',
        ({ spec }) => (app(spec).env = [{ name: 'A', valueFrom: {} }]),
        [
          'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
        ],
      ],
      [
        'a toleration of nothing in particular',
        ({ spec }) => (spec.tolerations = [{ operator: 'Equal', value: 'x' }]),
        [
          'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ],
      ],
      [
        'a deadline in the past',
        ({ spec }) => (spec.activeDeadlineSeconds = 0),
        ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
      ],
      [
        'one volume of two types',
        ({ spec }) => (spec.volumes = [{ name: 'v', emptyDir: {}, configMap: { name: 'c' } }]),
        ['spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type'],
      ],
      [
        'ephemeral containers from the start',
        ({ spec }) => (spec.ephemeralContainers = [{ name: 'debug', image: 'b' }]),
        ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
      ],
    ]
    for (const [title, change, expected] of cases) it(title, () => assert.deepEqual(complaints(change), expected))
  })

  describe('once there', () => {
    const before = stored()

    it('may change their images', () => {
      assert.deepEqual(
        complaints(({ spec }) => (spec.containers[0]!.image = 'nginx:2'), before),
        [],
      )
    })

    it('may tolerate more', () => {
      assert.deepEqual(
        complaints(({ spec }) => (spec.tolerations = [{ key: 'a', operator: 'Exists' }]), before),
        [],
      )
    })

    it('may change little else', () => {
      const [said, ...more] = complaints(({ spec }) => (spec.nodeName = 'n1'), before)
      assert.deepEqual(more, [])
      assert.match(
        said!,
        /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,`spec.initContainers\[\*\].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` \(only additions to existing tolerations\),`spec.terminationGracePeriodSeconds` \(allow it to be set to 1 if it was previously negative\)\n/,
      )
      assert.deepEqual(
        complaints(({ spec }) => spec.containers.push({ name: 'b', image: 'b' }), before),
        ['spec.containers: Forbidden: pod updates may not add or remove containers'],
      )
    })
  })

  it('warn of what is odd, though not wrong', () => {
    const pod = stored(({ metadata, spec }) => {
      metadata.name = 'a.b'
      Object.assign(spec.containers[0]!, {
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '$(A)2' },
          { name: 'A', value: '3' },
        ],
        ports: [{ containerPort: 80 }, { containerPort: 80 }],
        resources: { requests: { memory: '100m' } },
      })
    })
    assert.deepEqual(
      [...pods.warn!(pod, undefined)],
      [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
        'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
        'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
        'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
      ],
    )
  })

  describe('binding', () => {
    const { put } = pods.subresources!.binding!
    const to = (node: string) => ({
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'web' },
      target: { kind: 'Node', name: node },
    })

    it('gives a pod to a node', () => {
      const bound = put!(stored(), to('n1')) as Pod
      assert.equal(bound.spec.nodeName, 'n1')
      assert.deepEqual(bound.status?.conditions, [{ type: 'PodScheduled', status: 'True' }])
    })

    it('does so once', () => {
      const bound = put!(stored(), to('n1'))
      assert.throws(
        () => put!(bound, to('n2')),
        error =>
          isReason(error, 'Conflict') &&
          error.message === 'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n1"',
      )
    })
  })

  it('end at once where nothing runs, else as they ask', () => {
    const grace = (change: (pod: Pod) => unknown, asked?: number) => pods.gracePeriodSeconds!(stored(change), asked)
    const placed = ({ spec }: Pod) => (spec.nodeName = 'n1')
    assert.equal(
      grace(() => {}),
      0,
    )
    assert.equal(grace(placed), 30)
    assert.equal(grace(placed, 5), 5)
    assert.equal(grace(placed, 0), 0)
    assert.equal(grace(placed, -1), 1)
  })
})
