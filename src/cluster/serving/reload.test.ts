import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SelfSubjectAccessReview } from '#api/authorization/v1.ts'
import { httpsTransport } from '#client/transport.ts'
import { type Cluster, startCluster } from '#cluster/start-cluster.ts'
import { eventually } from '#controllers/testing-cluster.ts'

describe('the configuration of a server that runs', () => {
  let directory: string
  let cluster: Cluster
  const at = (name: string): string => join(directory, name)
  const config = (kind: string, fields: object): string =>
    JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind, ...fields })
  const knows = (anonymous: object) => writeFile(at('authn'), config('AuthenticationConfiguration', { anonymous }))
  const asks = (...types: string[]) => {
    const authorizers = types.map(type => ({ type, name: type.toLowerCase() }))
    return writeFile(at('authz'), config('AuthorizationConfiguration', { authorizers }))
  }

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-reload-'))
    await knows({ enabled: false })
    await asks('RBAC', 'ABAC')
    await writeFile(at('policies'), '{"user":"system:anonymous","group":"system:unauthenticated","resource":"pods"}\n')
    cluster = await startCluster({
      nodes: 0,
      without: ['controller-manager', 'scheduler'],
      serving: { authenticationConfig: at('authn'), authorizationConfig: at('authz'), authorizationPolicyFile: at('policies') },
    })
  })
  after(async () => {
    await cluster?.stop()
    await rm(directory, { recursive: true })
  })

  /** What somebody who shows nothing may do: undefined, if they are not let in. */
  const mayGet = async (resource: string): Promise<boolean | undefined> => {
    const { server, ca } = cluster.access
    const transport = httpsTransport({ server, ...(ca && { ca }) })
    const answer = await transport.send({ method: 'GET', path: `/api/v1/namespaces/default/${resource}` })
    for await (const _ of answer.body);
    transport.close()
    return answer.status === 401 ? undefined : answer.status === 200
  }

  it('follows the file that says who is known, and holds on to it while that is broken', async () => {
    assert.equal(await mayGet('pods'), undefined)
    await knows({ enabled: true })
    await eventually(async () => (await mayGet('pods')) !== undefined)
    assert.deepEqual([await mayGet('pods'), await mayGet('secrets')], [true, false])
    await knows({ enabled: true, colour: 'red' })
    await knows({ enabled: true, conditions: [{ path: '/livez' }] })
    await eventually(async () => (await mayGet('pods')) === undefined)
    await writeFile(at('authn'), 'kind: [')
    await new Promise(resolve => setTimeout(resolve, 2500))
    assert.equal(await mayGet('pods'), undefined)
    await knows({ enabled: true })
    await eventually(() => mayGet('pods'))
  })

  it('follows the file that says who decides, but lets go of no one it began with', async () => {
    await asks('AlwaysAllow', 'RBAC', 'ABAC')
    await eventually(() => mayGet('secrets'))
    await asks('AlwaysAllow')
    await asks('AlwaysAllow', 'RBAC', 'ABAC', 'Node')
    await new Promise(resolve => setTimeout(resolve, 2500))
    assert.equal(await mayGet('secrets'), true)
    await asks('RBAC', 'ABAC')
    await eventually(async () => (await mayGet('secrets')) === false)
    const { status } = await cluster.client.create(SelfSubjectAccessReview, {
      metadata: {},
      spec: { resourceAttributes: { verb: 'delete', resource: 'nodes' } },
    })
    assert.equal(status?.allowed, true)
  })
})
