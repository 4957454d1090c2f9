import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, type Reply, startTestServer, type TestServer } from '#apiserver/testing.ts'

const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1'
const flowHeader = 'x-kubernetes-pf-flowschema-uid'
const levelHeader = 'x-kubernetes-pf-prioritylevel-uid'

describe('priority and fairness', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
    const role = { rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }], metadata: { name: 'all' } }
    await server.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', role)
    await server.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'all' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'all' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
    })
  })
  after(() => server.stop())

  const uidOf = async (what: string): Promise<string> => (await server.admin('GET', `${flowControl}/${what}`)).body.metadata.uid
  const saysItIs = async ({ headers }: Reply, schema: string, level: string): Promise<void> => {
    assert.equal(headers[flowHeader], await uidOf(`flowschemas/${schema}`))
    assert.equal(headers[levelHeader], await uidOf(`prioritylevelconfigurations/${level}`))
  }
  const schema = (name: string, level: string) => ({
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: 10,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'nobody' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: [''], resources: ['configmaps'], namespaces: ['*'] }],
        },
      ],
    },
  })

  it('says of every answer whose turn it was, of refusals too', async () => {
    await saysItIs(await server.admin('GET', configMaps), 'exempt', 'exempt')
    await saysItIs(await server.anonymous('GET', '/livez'), 'probes', 'exempt')
    await saysItIs(await server.nobody('GET', configMaps), 'global-default', 'global-default')
    const refused = await server.anonymous('GET', configMaps)
    assertRefused(refused, { code: 403, reason: 'Forbidden', message: /cannot list/ })
    await saysItIs(refused, 'global-default', 'global-default')
    const unknown = await server.withToken('none')('GET', configMaps)
    assert.equal(unknown.code, 401)
    assert.equal(unknown.headers[flowHeader], undefined)
  })

  it('takes new flow schemas at once, those without their level never', async () => {
    await server.admin('POST', `${flowControl}/flowschemas`, schema('dangling', 'none'))
    await saysItIs(await server.nobody('GET', configMaps), 'global-default', 'global-default')
    await server.admin('POST', `${flowControl}/flowschemas`, schema('new', 'workload-low'))
    await saysItIs(await server.nobody('GET', configMaps), 'new', 'workload-low')
    await server.admin('DELETE', `${flowControl}/flowschemas/new`)
    await saysItIs(await server.nobody('GET', configMaps), 'global-default', 'global-default')
  })

  it('turns away whoever finds no seat, in upstream’s words, while others are served', async () => {
    const spec = {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Reject' }, borrowingLimitPercent: 0 },
    }
    await server.admin('POST', `${flowControl}/prioritylevelconfigurations`, { metadata: { name: 'none-at-all' }, spec })
    await server.admin('POST', `${flowControl}/flowschemas`, schema('closed', 'none-at-all'))
    const refused = await server.nobody('POST', configMaps, configMap('never'))
    assert.equal(refused.code, 429)
    assert.equal(refused.headers['retry-after'], '1')
    assert.equal(refused.headers['content-type'], 'text/plain; charset=utf-8')
    assert.equal(refused.text, 'Too many requests, please try again later.\n')
    await saysItIs(refused, 'closed', 'none-at-all')
    assert.equal((await server.admin('GET', `${configMaps}/never`)).code, 404)
    assert.equal((await server.nobody('GET', '/api/v1/pods')).code, 200)
    await server.admin('DELETE', `${flowControl}/flowschemas/closed`)
    assert.equal((await server.nobody('POST', configMaps, configMap('now'))).code, 201)
  })

  it('gives back the seats of watches when they have begun, and of what failed', async () => {
    const spec = {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' }, borrowingLimitPercent: 0 },
    }
    await server.admin('POST', `${flowControl}/prioritylevelconfigurations`, { metadata: { name: 'narrow' }, spec })
    await server.admin('POST', `${flowControl}/flowschemas`, schema('narrow', 'narrow'))
    const watching = server.nobody('GET', `${configMaps}?watch=1&timeoutSeconds=1`)
    for (let n = 0; n < 20; n++) assert.equal((await server.nobody('GET', `${configMaps}/missing`)).code, 404)
    const watched = await watching
    assert.equal(watched.code, 200)
    await saysItIs(watched, 'narrow', 'narrow')
  })

  it('serves a flood in a level of few seats to its end', async () => {
    const spec = {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 1,
        limitResponse: { type: 'Queue', queuing: { queues: 16, handSize: 4, queueLengthLimit: 100 } },
        borrowingLimitPercent: 0,
      },
    }
    await server.admin('PUT', `${flowControl}/prioritylevelconfigurations/narrow`, { metadata: { name: 'narrow' }, spec })
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, n) => server.nobody('POST', configMaps, configMap(`flood-${n}`))),
    )
    assert.deepEqual(new Set(all.map(({ code }) => code)), new Set([201]))
  })
})
