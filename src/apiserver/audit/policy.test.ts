import assert from 'node:assert/strict'
import type { Attributes } from '#apiserver/user.ts'
import { type Policy, type Rule, rulingOn } from './policy.ts'

const rule = (rest: Partial<Rule>): Rule => ({
  level: 'Metadata',
  users: [],
  userGroups: [],
  verbs: [],
  namespaces: [],
  resources: [],
  nonResourceURLs: [],
  omitStages: [],
  ...rest,
})
const among = (group: string, resources: string[] = [], resourceNames: string[] = []) => ({ group, resources, resourceNames })
const jane = { name: 'jane', groups: ['devs'] }
const pod: Attributes = {
  verb: 'get',
  path: '/api/v1/namespaces/shop/pods/web',
  isResource: true,
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'shop',
  name: 'web',
}
const log = { ...pod, subresource: 'log' }
const livez: Attributes = { ...pod, path: '/livez/ping', isResource: false, resource: '', namespace: '', name: '' }

describe('a rule of an audit policy', () => {
  const cases: [string, Partial<Rule>, Attributes, boolean][] = [
    ['without words fits everything', {}, pod, true],
    ['without words fits paths too', {}, livez, true],
    ['names a user', { users: ['jane'] }, pod, true],
    ['names another user', { users: ['john'] }, pod, false],
    ['names a group', { userGroups: ['ops', 'devs'] }, pod, true],
    ['names another group', { userGroups: ['ops'] }, pod, false],
    ['names a verb', { verbs: ['get'] }, pod, true],
    ['names another verb', { verbs: ['list'] }, pod, false],
    ['names a namespace', { namespaces: ['shop'] }, pod, true],
    ['names another namespace', { namespaces: ['', 'kube-system'] }, pod, false],
    ['names a resource', { resources: [among('', ['pods'])] }, pod, true],
    ['names a resource, not its subresources', { resources: [among('', ['pods'])] }, log, false],
    ['names a subresource', { resources: [among('', ['pods/log'])] }, log, true],
    ['names all that is of a resource', { resources: [among('', ['pods/*'])] }, log, true],
    ['names a subresource of anything', { resources: [among('', ['*/log'])] }, log, true],
    ['names everything in a group', { resources: [among('')] }, log, true],
    ['names another group of resources', { resources: [among('apps')] }, pod, false],
    ['names all groups', { resources: [among('*', ['pods'])] }, pod, true],
    ['names an object', { resources: [among('', ['pods'], ['web'])] }, pod, true],
    ['names another object', { resources: [among('', ['pods'], ['db'])] }, pod, false],
    ['about resources fits no path', { resources: [among('*')] }, livez, false],
    ['names a path', { nonResourceURLs: ['/livez/ping'] }, livez, true],
    ['names paths below one', { nonResourceURLs: ['/livez*'] }, livez, true],
    ['names another path', { nonResourceURLs: ['/livez'] }, livez, false],
    ['about paths fits no resource', { nonResourceURLs: ['*'] }, pod, false],
  ]
  for (const [title, words, attributes, fits] of cases)
    it(`${title}${fits ? '' : ': does not fit'}`, () => {
      const policy: Policy = { rules: [rule(words)], omitStages: [], omitManagedFields: false }
      assert.equal(rulingOn(policy, jane, attributes).level, fits ? 'Metadata' : 'None')
    })

  it('decides if it is the first that fits, and adds to the stages left out', () => {
    const rules = [
      rule({ level: 'None', users: ['system:kube-proxy'] }),
      rule({ level: 'Request', omitStages: ['ResponseStarted'], omitManagedFields: true }),
      rule({ level: 'RequestResponse' }),
    ]
    const ruling = rulingOn({ rules, omitStages: ['RequestReceived'], omitManagedFields: false }, jane, pod)
    assert.deepEqual(ruling, {
      level: 'Request',
      omitStages: new Set(['RequestReceived', 'ResponseStarted']),
      omitManagedFields: true,
    })
  })
})
