import assert from 'node:assert/strict'
import { ValidatingAdmissionPolicy } from '#api/admissionregistration/v1.ts'
import { type TestCluster, testCluster } from './testing-cluster.ts'

describe('the status of a ValidatingAdmissionPolicy', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await testCluster([])
  })
  after(() => cluster.stop())

  const checked = async (name: string, ...validations: { expression: string; messageExpression?: string }[]) => {
    const rule = {
      apiGroups: ['apps', ''],
      apiVersions: ['v1'],
      operations: ['CREATE' as const],
      resources: ['deployments', 'pods/status'],
    }
    await cluster.client.create(ValidatingAdmissionPolicy, {
      metadata: { name },
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: { resourceRules: [rule] },
        variables: [{ name: 'replicas', expression: 'object.spec.replicas' }],
        validations,
      },
    })
    for (let tries = 0; tries < 200; tries++) {
      const { metadata, status } = await cluster.client.get(ValidatingAdmissionPolicy, { namespace: '', name })
      if (status?.typeChecking) {
        assert.equal(status.observedGeneration, metadata.generation)
        return status.typeChecking.expressionWarnings
      }
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error('never checked')
  }

  it('has no warnings about what fits the types', async () => {
    const warnings = await checked(
      'fits',
      {
        expression:
          'variables.replicas > 1 && object.spec.template.spec.containers.all(c, c.image.startsWith(params.data.registry))',
      },
      { expression: "object.metadata.namespace != '' && type(object.spec.strategy.rollingUpdate.maxSurge) == int" },
    )
    assert.equal(warnings, undefined)
  })

  it('says where an expression does not fit, and why', async () => {
    const warnings = await checked('confused', {
      expression: "variables.replicas > '1' || object.spec.replica > 1",
      messageExpression: "'wants replicas > 1, got ' + object.spec.replicas",
    })
    assert.deepEqual(
      warnings?.map(({ fieldRef }) => fieldRef),
      ['spec.validations[0].expression', 'spec.validations[0].messageExpression'],
    )
    const [one = '', other = ''] = warnings?.map(({ warning }) => warning) ?? []
    assert.match(
      one,
      /^apps\/v1, Kind=Deployment: compilation failed: ERROR: <input>:1:20: found no matching overload for '_>_' applied to '\(int, string\)'/,
    )
    assert.match(one, /undefined field 'replica'/)
    assert.match(other, /found no matching overload for '_\+_' applied to '\(string, int\)'/)
  })
})
