import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configMap, configMaps, type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'
import { Authority } from '#cluster/certificates.ts'
import { readAuthorization } from '#cluster/serving/authorization.ts'
import { realClock } from '#machinery/clock.ts'

describe('a webhook with match conditions', () => {
  let directory: string
  let hook: Server
  let api: TestServer
  const asked: Loose[] = []

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-conditions-'))
    const authority = await Authority.open(directory, realClock)
    hook = createServer(await authority.pair('hook', { commonName: 'hook', hosts: ['127.0.0.1'] }), async (request, response) => {
      asked.push(JSON.parse((await request.setEncoding('utf8').toArray()).join('')).spec)
      response.end(JSON.stringify({ status: { allowed: true } }))
    }).listen(0, '127.0.0.1')
    await once(hook, 'listening')
    const kubeconfig = join(directory, 'hook.json')
    const { port } = hook.address() as AddressInfo
    await writeFile(
      kubeconfig,
      JSON.stringify({
        clusters: [
          { name: 'c', cluster: { server: `https://127.0.0.1:${port}/`, 'certificate-authority-data': btoa(authority.cert) } },
        ],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        users: [{ name: 'u', user: {} }],
        'current-context': 'c',
      }),
    )
    const webhook = (name: string, failurePolicy: string, ...expressions: readonly string[]): object => ({
      type: 'Webhook',
      name,
      webhook: {
        timeout: '5s',
        subjectAccessReviewVersion: 'v1',
        matchConditionSubjectAccessReviewVersion: 'v1',
        failurePolicy,
        connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: kubeconfig },
        matchConditions: expressions.map(expression => ({ expression })),
      },
    })
    const file = join(directory, 'authorization.json')
    await writeFile(
      file,
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthorizationConfiguration',
        authorizers: [
          webhook(
            'broken',
            'Deny',
            "request.extra['none'][0] == 'x'",
            "request.?resourceAttributes.name.orValue('') == 'denied'",
          ),
          webhook(
            'narrow',
            'NoOpinion',
            "has(request.resourceAttributes) && request.resourceAttributes.resource == 'configmaps'",
            "request.resourceAttributes.verb != 'list' || request.resourceAttributes.?labelSelector.requirements.orValue([]).exists(r, r.key == 'app')",
            "'strangers' in request.groups && !request.resourceAttributes.namespace.startsWith('kube-')",
          ),
          { type: 'RBAC', name: 'rbac' },
        ],
      }),
    )
    const authorization = await readAuthorization({ authorizationConfig: file })
    api = await startTestServer({ authorization: authorization! })
  })

  after(async () => {
    await api.stop()
    hook.closeAllConnections()
    hook.close()
    await rm(directory, { recursive: true })
  })
  beforeEach(() => {
    asked.length = 0
  })

  it('is asked what meets all of them', async () => {
    assert.equal((await api.nobody('POST', configMaps, configMap('a'))).code, 201)
    assert.equal((await api.nobody('GET', `${configMaps}?labelSelector=app`)).code, 200)
    assert.deepEqual(
      asked.map(({ user, resourceAttributes }) => [user, resourceAttributes.verb]),
      [
        ['nobody', 'create'],
        ['nobody', 'list'],
      ],
    )
  })

  it('is not asked what does not meet one', async () => {
    for (const path of [configMaps, '/api/v1/namespaces/default/pods', '/api/v1/namespaces/kube-system/configmaps/a', '/metrics'])
      assert.equal((await api.nobody('GET', path)).code, 403, path)
    assert.deepEqual(asked, [])
  })

  it('follows its failure policy where one fails and none is unmet', async () => {
    const { code, body } = await api.nobody('GET', `${configMaps}/denied`)
    assert.deepEqual([code, asked.length], [403, 0])
    assert.match(body.message, /^configmaps "denied" is forbidden: User "nobody" cannot get resource "configmaps"/)
  })
})
