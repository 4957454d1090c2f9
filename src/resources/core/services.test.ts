import assert from 'node:assert/strict'
import type { Service, ServiceSpec } from '#api/core/v1.ts'
import { clone } from '#machinery/clone.ts'
import { somebody } from '#resources/as-stored.ts'
import services from './services.ts'

const now = new Date('2026-01-01T00:05:00Z')

const service = (spec: ServiceSpec): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
})

/** A service with its defaults, and the address that would be allocated to it. */
const stored = (spec: ServiceSpec): Service => {
  const object = service(spec)
  services.default!(object, undefined)
  if (object.spec!.type !== 'ExternalName' && !object.spec!.clusterIP)
    Object.assign(object.spec!, { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] })
  services.prepare!(object, undefined, somebody)
  return object
}

const complaints = (object: Service, before?: Service): string[] =>
  [...services.validate!(object, before)].map(({ field, message }) => `${field}: ${message}`)

const updated = (before: Service, change: (spec: ServiceSpec) => void): Service => {
  const object = clone(before)
  change(object.spec!)
  services.default!(object, before)
  return object
}

describe('services', () => {
  it('fill in what a minimal service leaves out, as upstream does', () => {
    const object = service({ ports: [{ port: 80 }], selector: { app: 'web' } })
    services.default!(object, undefined)
    services.prepare!(object, undefined, somebody)
    assert.deepEqual(object.spec, {
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      selector: { app: 'web' },
      sessionAffinity: 'None',
      type: 'ClusterIP',
    })
    assert.deepEqual(object.status, { loadBalancer: {} })
  })

  it('remember clients for three hours', () => {
    const { spec } = stored({ ports: [{ port: 80 }], sessionAffinity: 'ClientIP' })
    assert.deepEqual(spec?.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10800 } })
  })

  it('let traffic from outside go anywhere', () => {
    assert.equal(stored({ type: 'NodePort', ports: [{ port: 80 }] }).spec?.externalTrafficPolicy, 'Cluster')
    assert.equal(stored({ ports: [{ port: 80 }] }).spec?.externalTrafficPolicy, undefined)
  })

  describe('are refused in upstream words', () => {
    const cases: [string, ServiceSpec, string[]][] = [
      ['no ports', {}, ['spec.ports: Required value']],
      ['headless without ports is fine', { clusterIP: 'None', clusterIPs: ['None'] }, []],
      [
        'two ports without names',
        { ports: [{ port: 80 }, { port: 81 }] },
        ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
      ],
      [
        'one port twice',
        {
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 80 },
          ],
        },
        ['spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}'],
      ],
      [
        'port 0',
        { ports: [{ port: 0 }] },
        [
          'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
          'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
        ],
      ],
      [
        'an unknown type',
        { type: 'Magic', ports: [{ port: 80 }] } as unknown as ServiceSpec,
        ['spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
      ],
      [
        'a node port without the type',
        { ports: [{ port: 80, nodePort: 30000 }] },
        ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
      ],
      ['an external name without one', { type: 'ExternalName' }, ['spec.externalName: Required value']],
      [
        'traffic policy that nobody can meet',
        { ports: [{ port: 80 }], externalTrafficPolicy: 'Local' },
        ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
      ],
    ]
    for (const [title, spec, expected] of cases) it(title, () => assert.deepEqual(complaints(stored(spec)), expected))
  })

  it('keep their address when an update leaves it out', () => {
    const before = stored({ ports: [{ port: 80 }] })
    const after = updated(before, spec => {
      delete spec.clusterIP
      delete spec.clusterIPs
    })
    assert.deepEqual(after.spec, before.spec)
    assert.deepEqual(complaints(after, before), [])
  })

  it('may not change their address', () => {
    const before = stored({ ports: [{ port: 80 }] })
    const after = updated(before, spec => (spec.clusterIP = '10.96.0.10'))
    assert.deepEqual(complaints(after, before), ['spec.clusterIPs[0]: Invalid value: ["10.96.0.10"]: may not change once set'])
  })

  it('keep their node ports by port and protocol, and lose them with the type', () => {
    const before = stored({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })
    assert.equal(updated(before, spec => (spec.ports = [{ port: 80 }])).spec!.ports![0]!.nodePort, 30080)
    const plain = updated(before, spec => (spec.type = 'ClusterIP'))
    assert.equal(plain.spec!.ports![0]!.nodePort, undefined)
    assert.equal(plain.spec!.externalTrafficPolicy, undefined)
    assert.deepEqual(complaints(plain, before), [])
  })

  it('lose their address when they become a name', () => {
    const after = updated(stored({ ports: [{ port: 80 }] }), spec =>
      Object.assign(spec, { type: 'ExternalName', externalName: 'a.b' }),
    )
    assert.equal(after.spec?.clusterIP, undefined)
    assert.equal(after.spec?.clusterIPs, undefined)
  })

  it('are shown by kubectl with address and ports', () => {
    const cells = (object: Service) => services.columns!.map(column => column.value(object, now))
    const node = stored({ type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, nodePort: 30080 }] })
    assert.deepEqual(cells(node), ['web', 'NodePort', '10.96.0.9', '<none>', '80:30080/TCP', '5m', 'app=web'])
    const waiting = stored({ type: 'LoadBalancer', ports: [{ port: 80 }] })
    assert.equal(cells(waiting)[3], '<pending>')
    waiting.status = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } }
    assert.equal(cells(waiting)[3], '1.2.3.4')
    const name = stored({ type: 'ExternalName', externalName: 'db.example.com' })
    assert.deepEqual(cells(name).slice(1, 5), ['ExternalName', '<none>', 'db.example.com', '<none>'])
  })
})
