import assert from 'node:assert/strict'
import type { Resource } from '#apiserver/resource.ts'
import { complaints } from '#resources/as-stored.ts'
import mutatingPolicies from './mutatingadmissionpolicies.ts'
import mutatingBindings from './mutatingadmissionpolicybindings.ts'
import policies from './validatingadmissionpolicies.ts'
import bindings from './validatingadmissionpolicybindings.ts'
import webhooks from './validatingwebhookconfigurations.ts'

type Fields = Record<string, unknown>

const rule = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }
const webhook = (fields: Fields): Fields => ({
  webhooks: [
    {
      name: 'a.example.com',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      clientConfig: { url: 'https://example.com/x' },
      rules: [rule],
      ...fields,
    },
  ],
})
const policy = (fields: Fields): Fields => ({
  spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }], ...fields },
})
const mutating = (fields: Fields): Fields => ({
  spec: {
    matchConstraints: { resourceRules: [rule] },
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }],
    ...fields,
  },
})
const binding = (fields: Fields): Fields => ({ spec: { policyName: 'p', validationActions: ['Deny'], ...fields } })

describe('admission webhooks and policies', () => {
  const cases: [string, Resource, Fields, string[]][] = [
    ['a webhook that says what it must', webhooks, webhook({}), []],
    [
      'a webhook with a short name, side effects and no place',
      webhooks,
      webhook({ name: 'example.com', sideEffects: 'Some', clientConfig: {}, timeoutSeconds: 31 }),
      [
        'webhooks[0].name: Invalid value: "example.com": should be a domain with at least three segments separated by dots',
        'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
        'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
        'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
      ],
    ],
    [
      'URLs that webhooks may not have',
      webhooks,
      webhook({ clientConfig: { url: 'http://me:pw@/x?a=b#c' }, admissionReviewVersions: ['v9'] }),
      [
        `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
        'webhooks[0].clientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]',
        'webhooks[0].clientConfig.url: Invalid value: "me:pw": user information is not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "c": fragments are not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL',
        'webhooks[0].admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'rules whose wildcards are not alone',
      webhooks,
      webhook({ rules: [{ ...rule, operations: ['*', 'CREATE'], resources: ['pods/*', 'pods/log', '*', 'nodes'] }] }),
      [
        `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
        `webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
        `webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/log","*","nodes"]: if '*' is present, must not specify other resources without subresources`,
      ],
    ],
    [
      'expressions that mean nothing',
      policies,
      policy({
        variables: [{ name: 'a', expression: '1 +' }],
        matchConditions: [{ name: 'c', expression: 'request.nme == ""' }],
        validations: [{ expression: 'object.x', messageExpression: 'params.x' }],
        auditAnnotations: [],
      }),
      [
        'spec.matchConditions[0].expression: Invalid value: "request.nme == \\"\\"": compilation failed: ERROR: <input>:1:8: undefined field \'nme\'\n | request.nme == ""\n | .......^',
        `spec.variables[0].expression: Invalid value: "1 +": compilation failed: ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^`,
        'spec.validations[0].expression: Invalid value: "object.x": must evaluate to bool but got dyn',
        `spec.validations[0].messageExpression: Invalid value: "params.x": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x\n | ^`,
      ],
    ],
    ['a policy that says what it must', policies, policy({}), []],
    [
      'a policy about nothing',
      policies,
      { spec: {} },
      [
        'spec.matchConstraints: Required value',
        'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
        'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
      ],
    ],
    [
      'variables and parameters that are none',
      policies,
      policy({ variables: [{ name: 'in', expression: '1' }], paramKind: { apiVersion: 'a/b/c', kind: 'K!' } }),
      [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        `spec.paramKind.kind: Invalid value: "K!": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
        'spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier',
      ],
    ],
    ['a binding that says what it must', bindings, binding({}), []],
    [
      'a binding that denies and warns, with a name and a selector',
      bindings,
      binding({ validationActions: ['Deny', 'Warn'], paramRef: { name: 'p', selector: {}, parameterNotFoundAction: 'Deny' } }),
      [
        'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
        'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ],
    ],
    ['a mutating policy and its binding', mutatingPolicies, mutating({}), []],
    ['a mutating binding', mutatingBindings, { spec: { policyName: 'p' } }, []],
    [
      'a mutation that is not what it says',
      mutatingPolicies,
      mutating({ mutations: [{ patchType: 'JSONPatch', applyConfiguration: { expression: 'x' } }] }),
      [
        'spec.mutations[0].applyConfiguration: Forbidden: must not be specified when patchType is not ApplyConfiguration',
        'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
      ],
    ],
  ]
  for (const [title, resource, fields, wanted] of cases)
    it(`are checked: ${title}`, () => assert.deepEqual(complaints(resource, fields), wanted))

  it('that once were let through with side effects may keep them', () => {
    const old = webhook({ sideEffects: 'Some' })
    assert.deepEqual(complaints(webhooks, old, old), [])
  })
})
