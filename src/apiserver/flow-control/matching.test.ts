import assert from 'node:assert/strict'
import { FlowSchema } from '#api/flowcontrol/v1.ts'
import { apiVersion } from '#api/kind.ts'
import { locate } from '#apiserver/request/locate.ts'
import type { User } from '#apiserver/user.ts'
import { byPrecedence } from './flow.ts'
import { mandatoryFlowSchemas, suggestedFlowSchemas } from './flow-schemas.ts'
import { matcherOf } from './matching.ts'

const schemas = [...suggestedFlowSchemas, ...mandatoryFlowSchemas]
  .toSorted(byPrecedence)
  .map(schema => ({ name: schema.metadata.name, matches: matcherOf(schema) }))

const user = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, 'system:authenticated'] })
const account = (namespace: string, name: string): User =>
  user(`system:serviceaccount:${namespace}:${name}`, 'system:serviceaccounts', `system:serviceaccounts:${namespace}`)
const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x'

describe("upstream's flow schemas", () => {
  const cases: [User, string, string, string | undefined][] = [
    [user('kubernetes-admin', 'system:masters'), 'GET', '/api/v1/pods', 'exempt'],
    [user('jane'), 'GET', '/readyz', 'probes'],
    [user('jane'), 'GET', '/readyz/etcd', 'probes'],
    [user('jane'), 'GET', '/readyzz', 'global-default'],
    [user('jane'), 'POST', '/readyz', 'global-default'],
    [{ name: 'system:anonymous', groups: ['system:unauthenticated'] }, 'GET', '/livez', 'probes'],
    [{ name: 'system:anonymous', groups: ['system:unauthenticated'] }, 'GET', '/version', 'global-default'],
    [user('system:node:a', 'system:nodes'), 'PATCH', '/api/v1/nodes/a/status', 'system-node-high'],
    [user('system:node:a', 'system:nodes'), 'PUT', lease, 'system-node-high'],
    [user('system:node:a', 'system:nodes'), 'GET', '/apis/coordination.k8s.io/v1/leases', 'system-nodes'],
    [user('system:node:a', 'system:nodes'), 'GET', '/api/v1/pods', 'system-nodes'],
    [user('system:kube-controller-manager'), 'PUT', lease, 'system-leader-election'],
    [user('system:kube-controller-manager'), 'DELETE', lease, 'kube-controller-manager'],
    [user('system:kube-scheduler'), 'GET', '/api/v1/pods', 'kube-scheduler'],
    [account('kube-system', 'coredns'), 'POST', lease.replace('/x', ''), 'system-leader-election'],
    [account('kube-system', 'coredns'), 'GET', '/api/v1/services', 'kube-system-service-accounts'],
    [account('kube-system-not', 'x'), 'GET', '/api/v1/services', 'service-accounts'],
    [user('jane'), 'GET', '/api/v1/pods', 'global-default'],
    [{ name: 'nobody', groups: [] }, 'GET', '/api/v1/pods', undefined],
  ]
  for (const [who, method, path, expected] of cases)
    it(`${method} ${path} by ${who.name} is ${expected ?? 'nobody’s'}`, () => {
      const attributes = locate(method, path, new URLSearchParams())
      assert.equal(schemas.find(({ matches }) => matches(who, attributes))?.name, expected)
    })

  it('of the same precedence are asked by name', () => {
    const of = (name: string, matchingPrecedence: number): FlowSchema => ({
      kind: FlowSchema.kind,
      apiVersion: apiVersion(FlowSchema),
      metadata: { name },
      spec: { priorityLevelConfiguration: { name: 'x' }, matchingPrecedence },
    })
    const sorted = [of('b', 2), of('c', 1), of('a', 2)].toSorted(byPrecedence)
    assert.deepEqual(
      sorted.map(({ metadata }) => metadata.name),
      ['c', 'a', 'b'],
    )
  })
})
