import assert from 'node:assert/strict'
import type { Service, ServiceSpec } from '#api/core/v1.ts'
import { nodePortsOf, wishesOf } from './port-wishes.ts'

const service = (spec: ServiceSpec): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec })
const port = (number: number, nodePort = 0, protocol = 'TCP') => ({
  port: number,
  protocol: protocol as 'TCP',
  ...(nodePort && { nodePort }),
})

describe('what ports a Service wants', () => {
  const cases: [string, ServiceSpec, ServiceSpec | undefined, [string, number][]][] = [
    ['none, if it is of the cluster only', { type: 'ClusterIP', ports: [port(80)] }, undefined, []],
    [
      'one for each of its own, those that it names first',
      { type: 'NodePort', ports: [port(80), port(81, 30081)] },
      undefined,
      [
        ['1', 30081],
        ['0', 0],
      ],
    ],
    ['one for both protocols', { type: 'NodePort', ports: [port(53), port(53, 0, 'UDP')] }, undefined, [['0', 0]]],
    ['the one that either asks for', { type: 'NodePort', ports: [port(53), port(53, 30053, 'UDP')] }, undefined, [['0', 30053]]],
    [
      'two, if they ask for two',
      { type: 'NodePort', ports: [port(53, 30052), port(53, 30053, 'UDP')] },
      undefined,
      [
        ['0', 30052],
        ['1', 30053],
      ],
    ],
    [
      'only what it asks for, if it wants no others',
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [port(80), port(81, 30081)] },
      undefined,
      [['1', 30081]],
    ],
    [
      'what it has not yet',
      { type: 'NodePort', ports: [port(80, 30080), port(81, 30081), port(82)] },
      { type: 'NodePort', ports: [port(80, 30080)] },
      [
        ['1', 30081],
        ['2', 0],
      ],
    ],
    [
      'one that several of its own share, once',
      { type: 'NodePort', ports: [port(80, 30080), port(80, 30080, 'UDP')] },
      { type: 'ClusterIP', ports: [port(80)] },
      [['0', 30080]],
    ],
  ]
  for (const [title, spec, before, expected] of cases)
    it(title, () => {
      const wishes = wishesOf(service(spec), before && service(before))
      assert.deepEqual(
        wishes.map(({ path, asked }) => [path, asked]),
        expected.map(([at, asked]) => [`spec.ports[${at}].nodePort`, asked]),
      )
    })

  it('one for health checks, where load balancers ask, unless it has it', () => {
    const local: ServiceSpec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', allocateLoadBalancerNodePorts: false }
    const after = service({ ...local, ports: [port(80)] })
    const [wish] = wishesOf(after, undefined)
    wish?.got(30001)
    assert.equal(after.spec?.healthCheckNodePort, 30001)
    assert.deepEqual(wishesOf(after, service({ ...local, healthCheckNodePort: 30001 })), [])
  })

  it('are written down for all that share one', () => {
    const after = service({ type: 'NodePort', ports: [port(53), port(53, 0, 'UDP')], healthCheckNodePort: 30001 })
    wishesOf(after, undefined)[0]?.got(30053)
    assert.deepEqual([...nodePortsOf(after)], [30053, 30001])
  })
})
