import assert from 'node:assert/strict'
import { readAuthorization } from './authorization.ts'
import { configuredModes, type Webhook } from './authorization-configuration.ts'

const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration' }
const webhook = {
  timeout: '3s',
  authorizedTTL: '1m30s',
  subjectAccessReviewVersion: 'v1',
  failurePolicy: 'Deny',
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/etc/hook.conf' },
}

describe('the flags of authorization', () => {
  it('name modes in the order in which they are asked', async () => {
    assert.deepEqual(await readAuthorization({ authorizationMode: ['RBAC', 'AlwaysAllow'] }), ['RBAC', 'AlwaysAllow'])
    assert.equal(await readAuthorization({}), undefined)
  })

  it('are refused where they make no sense', async () => {
    const refused = (flags: object, message: RegExp) => assert.rejects(readAuthorization(flags), message)
    await refused({ authorizationMode: ['X'] }, /authorization-mode "X" is not a valid mode/)
    await refused({ authorizationMode: ['RBAC', 'RBAC'] }, /specified more than once/)
    await refused({ authorizationMode: ['Webhook'] }, /authorization config file not passed/)
    await refused({ authorizationConfig: '/nowhere', authorizationMode: ['RBAC'] }, /can not be specified when/)
    await refused({ authorizationMode: ['ABAC'] }, /authorization-mode ABAC's authorization policy file not passed/)
    await refused(
      { authorizationMode: ['ABAC'], authorizationPolicyFile: '/nowhere' },
      /--authorization-policy-file: \/nowhere: ENOENT/,
    )
    await refused({ authorizationConfig: '/nowhere' }, /--authorization-config: \/nowhere: ENOENT/)
  })
})

describe('an AuthorizationConfiguration', () => {
  const read = (authorizers: object[]) => configuredModes(JSON.stringify({ ...head, authorizers }))

  it('names several webhooks, each with times of its own', () => {
    const modes = read([
      { type: 'Node', name: 'node' },
      { type: 'Webhook', name: 'one', webhook },
      { type: 'Webhook', name: 'two', webhook: { ...webhook, cacheAuthorizedRequests: false } },
    ])
    assert.equal(modes[0], 'Node')
    assert.deepEqual(modes[1], {
      name: 'one',
      kubeconfig: '/etc/hook.conf',
      timeoutMs: 3000,
      version: 'v1',
      authorizedTtlMs: 90_000,
      unauthorizedTtlMs: 30_000,
      failurePolicy: 'Deny',
    })
    assert.equal((modes[2] as { authorizedTtlMs: number }).authorizedTtlMs, 0)
  })

  it('is refused with everything that is wrong with it', () => {
    assert.throws(() => read([]), /authorizers: Required value: at least one authorization mode must be defined/)
    assert.throws(
      () =>
        read([
          { type: 'RBAC', name: 'a' },
          { type: 'RBAC', name: 'a', webhook: {} },
          { type: 'Webhook', name: 'b', webhook: {} },
        ]),
      /authorizers\[1\].type: Duplicate value: "RBAC".*authorizers\[1\].name: Duplicate value: "a".*may only be specified when type=Webhook.*authorizers\[2\].timeout: Required value/,
    )
  })

  it('may say which questions a webhook is asked, in expressions that mean something', () => {
    const conditioned = (...expressions: string[]) =>
      read([
        {
          type: 'Webhook',
          name: 'b',
          webhook: {
            ...webhook,
            matchConditionSubjectAccessReviewVersion: 'v1',
            matchConditions: expressions.map(expression => ({ expression })),
          },
        },
      ])
    const [mode] = conditioned("has(request.resourceAttributes) && request.resourceAttributes.namespace != 'kube-system'")
    assert.equal((mode as Webhook).conditions?.length, 1)
    const refused = (message: string, ...expressions: string[]) => assert.throws(() => conditioned(...expressions), { message })
    const at = 'authorizers[0].matchConditions'
    refused(`${at}[0].expression: Required value`, ' ')
    refused(`${at}[1].expression: Duplicate value: "true"`, 'true', 'true')
    refused(`${at}[0].expression: Invalid value: "request.user": must evaluate to bool but got string`, 'request.user')
    refused(
      `${at}[0].expression: Invalid value: "request.usr == ''": compilation failed: ERROR: <input>:1:8: undefined field 'usr'\n | request.usr == ''\n | .......^`,
      "request.usr == ''",
    )
    refused(`${at}: Too many: 65: must have at most 64 items`, ...Array.from({ length: 65 }, (_, n) => `${n} == 1`))
    assert.throws(
      () => read([{ type: 'Webhook', name: 'b', webhook: { ...webhook, matchConditions: [{ expression: 'true' }] } }]),
      /matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified/,
    )
  })
})
