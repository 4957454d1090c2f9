import assert from 'node:assert/strict'
import type { ValidatingAdmissionPolicy } from '#api/admissionregistration/v1.ts'
import { ConfigMap } from '#api/core/v1.ts'
import type { Review } from '#apiserver/admission/admission.ts'
import type { Attributes, Verdict } from '#apiserver/user.ts'
import configMaps from '#resources/core/configmaps.ts'
import { judge } from './judge.ts'
import { Rights } from './rights.ts'
import { valuesOf } from './values.ts'

const review: Review = {
  operation: 'CREATE',
  resource: configMaps,
  subresource: '',
  key: { namespace: 'a', name: 'x' },
  shown: 'x',
  user: { name: 'jane', groups: [] },
  dryRun: false,
  object: { ...identity(ConfigMap), metadata: { name: 'x', namespace: 'a' } },
  before: undefined,
  warn() {},
}

function identity({ version, kind }: typeof ConfigMap): { apiVersion: string; kind: string } {
  return { apiVersion: version, kind }
}

describe('the authorizer of expressions', () => {
  it('is asked each question once, and waited for', async () => {
    const asked: [string, Attributes][] = []
    const rights = new Rights((user, attributes): Promise<Verdict> => {
      asked.push([user.name, attributes])
      return Promise.resolve({ decision: attributes.verb === 'get' ? 'allow' : 'no opinion', reason: `for ${attributes.verb}` })
    }, review.user)
    const values = valuesOf(review, undefined, rights.decide)
    const policy: ValidatingAdmissionPolicy = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'p' },
      spec: {
        variables: [{ name: 'may', expression: "authorizer.requestResource.check('get')" }],
        validations: [
          { expression: "variables.may.allowed() && variables.may.reason() == 'for get'" },
          { expression: "authorizer.requestResource.check('get').allowed()" },
          { expression: "authorizer.path('/healthz').check('list').allowed()", message: 'no path' },
          {
            expression: "authorizer.serviceAccount('b', 'c').group('apps').resource('deployments').check('create').errored()",
            message: 'no error',
          },
        ],
      },
    }
    const { objections } = await rights.known(() => judge(policy, values))
    assert.deepEqual(
      objections.map(({ message }) => message),
      ['no path', 'no error'],
    )
    assert.deepEqual(
      asked.map(([user, { verb, path, group, resource, namespace, name }]) => [
        user,
        verb,
        path,
        group,
        resource,
        namespace,
        name,
      ]),
      [
        ['jane', 'get', '', '', 'configmaps', 'a', 'x'],
        ['jane', 'list', '/healthz', '', '', '', ''],
        ['system:serviceaccount:b:c', 'create', '', 'apps', 'deployments', '', ''],
      ],
    )
  })
})
