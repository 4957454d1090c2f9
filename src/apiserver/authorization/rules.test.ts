import assert from 'node:assert/strict'
import type { PolicyRule } from '#api/rbac/v1.ts'
import { described, ruleAllows, uncovered } from './rules.ts'

const base = { path: '', isResource: true, subresource: '', name: '' }
const pods: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }

describe('a rule', () => {
  const allows = (rule: PolicyRule, asked: Partial<typeof base> & { verb: string; group?: string; resource?: string }): boolean =>
    ruleAllows(rule, { group: '', resource: 'pods', ...base, ...asked })

  it('allows its verbs on its resources in its groups', () => {
    assert.ok(allows(pods, { verb: 'get' }))
    assert.ok(!allows(pods, { verb: 'watch' }))
    assert.ok(!allows(pods, { verb: 'get', group: 'apps' }))
    assert.ok(!allows(pods, { verb: 'get', resource: 'secrets' }))
    assert.ok(allows({ ...pods, verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verb: 'fly', group: 'x', resource: 'y' }))
  })

  it('allows a subresource by its whole name, or for all resources', () => {
    assert.ok(!allows(pods, { verb: 'get', subresource: 'log' }))
    assert.ok(allows({ ...pods, resources: ['pods/log'] }, { verb: 'get', subresource: 'log' }))
    assert.ok(allows({ ...pods, resources: ['*/scale'] }, { verb: 'get', subresource: 'scale' }))
    assert.ok(!allows({ ...pods, resources: ['*/scale'] }, { verb: 'get' }))
    assert.ok(!allows({ ...pods, resources: ['pods/*'] }, { verb: 'get', subresource: 'log' }))
  })

  it('allows names, if it has some, and nothing without a name then', () => {
    const rule = { ...pods, resourceNames: ['a'] }
    assert.deepEqual(
      ['a', 'b', ''].map(name => allows(rule, { verb: 'get', name })),
      [true, false, false],
    )
  })

  it('allows paths: as they are, or all that begin so', () => {
    const rule: PolicyRule = { verbs: ['get'], nonResourceURLs: ['/healthz', '/logs/*'] }
    const asked = (path: string) => allows(rule, { verb: 'get', isResource: false, path })
    assert.deepEqual(['/healthz', '/healthz/', '/logs/x', '/logs', '/Healthz'].map(asked), [true, false, true, false, false])
  })
})

describe('what rules do not cover', () => {
  it('is told for each verb, thing and name', () => {
    assert.deepEqual(uncovered([pods], [pods]), [])
    assert.deepEqual(uncovered([pods], [{ ...pods, verbs: ['get', 'delete'] }]), [{ ...pods, verbs: ['delete'] }])
    assert.deepEqual(uncovered([{ ...pods, resourceNames: ['a'] }], [{ ...pods, verbs: ['get'] }]), [{ ...pods, verbs: ['get'] }])
    assert.deepEqual(uncovered([pods], [{ ...pods, resourceNames: ['a'] }]), [])
    assert.deepEqual(uncovered([{ ...pods, resources: ['*/scale'] }], [{ ...pods, resources: ['x/scale'] }]), [])
    assert.equal(uncovered([pods], [{ ...pods, verbs: ['*'] }]).length, 1)
    assert.deepEqual(
      uncovered([{ verbs: ['get'], nonResourceURLs: ['/a/*'] }], [{ verbs: ['get'], nonResourceURLs: ['/a/b', '/c'] }]),
      [{ verbs: ['get'], nonResourceURLs: ['/c'] }],
    )
  })

  it('is said in upstream’s words, verbs on one thing together', () => {
    assert.deepEqual(described(uncovered([], [pods, { verbs: ['get'], nonResourceURLs: ['/x'] }])), [
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
      '{NonResourceURLs:["/x"], Verbs:["get"]}',
    ])
  })
})
