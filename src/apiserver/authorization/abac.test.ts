import assert from 'node:assert/strict'
import type { Attributes, User } from '#apiserver/user.ts'
import { abac, abacRules, readPolicies } from './abac.ts'

const policies = `
# who may do what
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"alice","namespace":"*","resource":"*","apiGroup":"*"}}
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"bob","namespace":"projectCaribou","resource":"pods","readonly":true}}
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"group":"system:authenticated","readonly":true,"nonResourcePath":"/docs/*"}}
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"*","nonResourcePath":"/help"}}
{"user":"carol","namespace":"shop","readonly":true}
{"user":"dave"}
`

describe('a policy file (ABAC)', () => {
  const read = readPolicies(policies)
  const authorize = abac(read)
  const who = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, 'system:authenticated'] })
  const base = { group: '', version: 'v1', subresource: '', name: '', path: '' }
  const may = async (user: User, verb: string, what: Partial<Attributes>): Promise<boolean> => {
    const asked = { ...base, verb, isResource: !what.path, resource: '', namespace: '', ...what }
    return (await authorize(user, asked)).decision === 'allow'
  }

  it('allows what one of its lines allows, and has no opinion on the rest', async () => {
    const pods = { resource: 'pods', namespace: 'projectCaribou' }
    assert.ok(await may(who('alice'), 'delete', { resource: 'nodes' }))
    assert.ok(!(await may(who('alice'), 'get', { path: '/metrics' })))
    assert.ok(await may(who('bob'), 'list', pods))
    assert.ok(!(await may(who('bob'), 'create', pods)))
    assert.ok(!(await may(who('bob'), 'list', { ...pods, namespace: 'other' })))
    assert.ok(!(await may(who('bob'), 'list', { ...pods, group: 'apps' })))
    assert.ok(await may(who('eve'), 'get', { path: '/docs/a/b' }))
    assert.ok(!(await may(who('eve'), 'post', { path: '/docs/a' })))
    assert.ok(!(await may({ name: 'system:anonymous', groups: ['system:unauthenticated'] }, 'get', { path: '/help' })))
    assert.ok(await may(who('eve'), 'get', { path: '/help' }))
    assert.deepEqual(await authorize(who('eve'), { ...base, ...pods, verb: 'get', isResource: true }), {
      decision: 'no opinion',
      reason: 'No policy matched.',
    })
  })

  it('allows in its old form what is left out', async () => {
    assert.ok(await may(who('carol'), 'get', { resource: 'deployments', group: 'apps', namespace: 'shop' }))
    assert.ok(!(await may(who('carol'), 'get', { path: '/metrics' })))
    assert.ok(await may(who('dave'), 'delete', { path: '/metrics' }))
    assert.ok(await may(who('dave'), 'delete', { resource: 'nodes' }))
  })

  it('says its rules', () => {
    assert.deepEqual(abacRules(read, who('bob'), 'projectCaribou'), [
      { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] },
    ])
    assert.deepEqual(abacRules(read, who('dave'), 'x'), [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ])
  })

  it('is refused at the first line that says nothing', () => {
    const refused = (line: string, why: string) =>
      assert.throws(() => readPolicies(`\n#\n${line}`), { message: `line 3: ${line}: ${why}` })
    refused('{', 'unexpected end of JSON input')
    refused('[]', 'json: cannot unmarshal array into Go value of type v0.Policy')
    refused('{"user":1}', 'json: cannot unmarshal number into Go struct field Policy.user of type string')
    refused(
      '{"apiVersion":"abac.authorization.kubernetes.io/v2","kind":"Policy"}',
      'no kind "Policy" is registered for version "abac.authorization.kubernetes.io/v2"',
    )
  })
})
