import assert from 'node:assert/strict'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Refusal } from './harness/http.ts'
import { rs, setSpec } from './harness/objects.ts'
import { type Trial, unique } from './harness/trial.ts'

interface Says {
  readonly variables?: { name: string; expression: string }[]
  readonly validations: { expression: string; message?: string; messageExpression?: string }[]
}

/** A policy about Deployments in the test's own namespace, bound so that it denies; it holds when it has refused one with one replica. */
async function policyHolds(t: Trial, says: Says): Promise<void> {
  const name = unique('policy.example.com')
  const namespaceSelector = { matchLabels: { 'e2e-run': t.namespace } }
  const policies = t.of('validatingadmissionpolicies')
  const bindings = t.of('validatingadmissionpolicybindings')
  t.defer(() => policies.delete(name))
  t.defer(() => bindings.delete(name))
  const operations = ['CREATE', 'UPDATE']
  await policies.create({
    metadata: { name },
    spec: {
      ...says,
      matchConstraints: {
        namespaceSelector,
        resourceRules: [{ operations, apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }],
      },
    },
  })
  await bindings.create({
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } },
  })
  await eventually(() => assert.rejects(deployment(t, 'marker-deployment', 1), (error: Refusal) => error.code === 422))
}

/** Makes one, and takes it away again. */
async function deployment(t: Trial, name: string, replicas: number): Promise<void> {
  const deployments = t.of('deployments')
  await deployments.create({ metadata: { name }, spec: setSpec(replicas, { app: 'nginx' }) })
  await deployments.delete(name)
}

const replicaSet = (t: Trial): Promise<unknown> => t.of('replicasets').create(rs('non-replicated', 1))

conformance('sig-api-machinery', 'ValidatingAdmissionPolicy', {
  'should validate against a Deployment': async t => {
    await policyHolds(t, {
      validations: [
        { expression: 'object.spec.replicas > 1', messageExpression: "'wants replicas > 1, got ' + object.spec.replicas" },
        {
          expression: `namespaceObject.metadata.name == '${t.namespace}'`,
          message: 'Internal error! Other namespace should not be allowed.',
        },
      ],
    })
    await deployment(t, 'replicated', 2)
    await replicaSet(t)
  },

  'should allow expressions to refer variables.': async t => {
    await policyHolds(t, {
      variables: [
        { name: 'replicas', expression: 'object.spec.replicas' },
        { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' },
      ],
      validations: [{ expression: 'variables.replicas > 1' }, { expression: 'variables.oddReplicas' }],
    })
    await deployment(t, 'replicated', 3)
    await replicaSet(t)
  },
})

const kinds = { mutating: 'mutatingwebhookconfigurations', validating: 'validatingwebhookconfigurations' } as const

/** A configuration of a webhook that is asked about nothing that there is. */
const configuration = (name: string, expression: string) => ({
  metadata: { name },
  webhooks: [
    {
      name: 'deny.k8s.io',
      clientConfig: { service: { namespace: 'none', name: 'none', port: 8443 } },
      rules: [{ operations: ['CREATE'], apiGroups: ['none.example.com'], apiVersions: ['v1'], resources: ['none'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      matchConditions: [{ name: 'condition', expression }],
    },
  ],
})

const conditions = ({ webhooks }: { webhooks?: { matchConditions?: { expression: string }[] }[] }): (string | undefined)[] =>
  (webhooks ?? []).map(({ matchConditions }) => matchConditions?.[0]?.expression)

conformance(
  'sig-api-machinery',
  'AdmissionWebhook',
  Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, resource]) => [
      [
        `should be able to create and update ${kind} webhook configurations with match conditions`,
        async (t: Trial) => {
          const name = unique('webhook')
          const first = "object.metadata.namespace == 'production'"
          const second = "request.operation == 'CREATE' && has(object.metadata.labels)"
          const configurations = t.of(resource)
          t.defer(() => configurations.delete(name))
          assert.deepEqual(conditions(await configurations.create(configuration(name, first))), [first])
          assert.deepEqual(conditions(await configurations.get(name)), [first])
          await configurations.patch(name, { webhooks: configuration(name, second).webhooks }, { type: 'merge' })
          assert.deepEqual(conditions(await configurations.get(name)), [second])
        },
      ],
      [
        `should reject ${kind} webhook configurations with invalid match conditions`,
        async (t: Trial) => {
          const invalid = (error: Refusal): boolean =>
            error.code === 422 && /compilation failed/.test(JSON.stringify(error.status))
          await assert.rejects(t.of(resource).create(configuration(unique('webhook'), '... [] bad expression')), invalid)
        },
      ],
    ]),
  ),
)
