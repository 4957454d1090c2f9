import assert from 'node:assert/strict'
import type { Resource } from '#apiserver/resource.ts'
import { complaints, shown, asStored as stored } from '#resources/as-stored.ts'
import flowSchemas from './flowschemas.ts'
import levels from './prioritylevelconfigurations.ts'

type Fields = Record<string, unknown>

const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] }
const user = { kind: 'User', user: { name: 'jane' } }
const schema = (spec: Fields): Fields => ({ spec: { priorityLevelConfiguration: { name: 'low' }, ...spec } })
const withRule = (fields: Fields): Fields => schema({ rules: [{ subjects: [user], resourceRules: [rule], ...fields }] })
const limited = (fields: Fields): Fields => ({
  spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' }, ...fields } },
})
const queued = (queuing: Fields): Fields => limited({ limitResponse: { type: 'Queue', queuing } })
const queuing = 'spec.limited.limitResponse.queuing'

describe('flow control', () => {
  const cases: [string, Resource, Fields, string[]][] = [
    ['a schema that says what it must', flowSchemas, withRule({}), []],
    [
      'one that would come first, and names no level',
      flowSchemas,
      { spec: { matchingPrecedence: 1, distinguisherMethod: { type: 'ByMood' } } },
      [
        `spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1`,
        'spec.distinguisherMethod.type: Unsupported value: "ByMood": supported values: "ByNamespace", "ByUser"',
        'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
      ],
    ],
    [
      'a rule about nobody and nothing',
      flowSchemas,
      schema({ rules: [{}] }),
      [
        'spec.rules[0].subjects: Required value: subjects must contain at least one value',
        'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
      ],
    ],
    [
      'a subject that is two things',
      flowSchemas,
      withRule({
        subjects: [
          { ...user, group: { name: 'g' } },
          { kind: 'ServiceAccount', serviceAccount: { name: '*' } },
        ],
      }),
      [
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
        'spec.rules[0].subjects[1].serviceAccount.namespace: Required value: must specify namespace for service account',
      ],
    ],
    [
      'wildcards among others, and paths that are none',
      flowSchemas,
      withRule({
        resourceRules: [{ ...rule, verbs: ['*', 'get'], namespaces: [] }],
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['healthz', '/a//b', '/a*'] }],
      }),
      [
        `spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
        'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "healthz": must start with slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a//b": must not contain double slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a*": wildcard can only do suffix matching',
      ],
    ],
    ['a level with the default queues', levels, queued({}), []],
    [
      'a level that is exempt, but is not the one',
      levels,
      { spec: { type: 'Exempt' } },
      [`spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'`],
    ],
    [
      'hands larger than the deck, and too large to be dealt',
      levels,
      queued({ queues: 4, handSize: 5 }),
      [`${queuing}.handSize: Invalid value: 5: should not be greater than queues (4)`],
    ],
    [
      'a hand that takes too many bits',
      levels,
      queued({ queues: 512, handSize: 8 }),
      [
        `${queuing}.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60`,
      ],
    ],
    [
      'shares below nothing',
      levels,
      limited({ nominalConcurrencyShares: -1, lendablePercent: 101 }),
      [
        'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
        'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
      ],
    ],
  ]
  for (const [title, resource, fields, wanted] of cases)
    it(`is checked: ${title}`, () => assert.deepEqual(complaints(resource, fields), wanted))

  it('shows schemas in the order in which they are matched', () => {
    const named = (name: string, matchingPrecedence: number) =>
      stored(flowSchemas, { ...schema({ matchingPrecedence }), metadata: { name } })
    assert.ok(flowSchemas.rowOrder!(named('z', 1), named('a', 2)) < 0)
    assert.ok(flowSchemas.rowOrder!(named('b', 2), named('a', 2)) > 0)
  })

  it('shows the queues of a level', () => {
    assert.deepEqual(shown(levels, stored(levels, queued({}))), ['x', 'Limited', 30, 64, 8, 50, '60s'])
  })
})
