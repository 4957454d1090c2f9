import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigMap, Namespace, Pod, ServiceAccount } from '#api/core/v1.ts'
import { StatusError } from '#api/status.ts'
import { type Cluster, startCluster } from '#cluster/start-cluster.ts'
import type { ServingFlags } from './flags.ts'

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: RequestResponse
  users: [kubernetes-admin]
  resources: [{ group: "", resources: [configmaps, pods] }]
`

describe('the ways of an audit', () => {
  let directory: string
  let service: Server
  /** What was posted, and how it is answered. */
  const posted: { verb: string; stage: string; annotations?: Record<string, string> }[] = []
  let code = 200
  const at = (name: string): string => join(directory, name)
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-audit-modes-'))
    service = createServer(async (request, response) => {
      const { items } = JSON.parse(Buffer.concat(await request.toArray()).toString())
      if (code === 200) posted.push(...items)
      response.writeHead(code).end('{}')
    }).listen(0, '127.0.0.1')
    await once(service, 'listening')
    const server = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
    await writeFile(at('policy.yaml'), policy)
    const named = { clusters: [{ name: 'c', cluster: { server } }], users: [{ name: 'u', user: {} }] }
    const contexts = [{ name: 'c', context: { cluster: 'c', user: 'u' } }]
    await writeFile(
      at('webhook.yaml'),
      JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts, ...named }),
    )
  })
  after(async () => {
    service.close()
    await rm(directory, { recursive: true })
  })

  const within = async (flags: ServingFlags, work: (cluster: Cluster) => Promise<void>): Promise<void> => {
    posted.length = 0
    code = 200
    const cluster = await startCluster({
      nodes: 0,
      without: ['controller-manager', 'scheduler'],
      serving: {
        auditPolicyFile: at('policy.yaml'),
        auditWebhookConfigFile: at('webhook.yaml'),
        auditWebhookInitialBackoff: 1,
        ...flags,
      },
    })
    try {
      await work(cluster)
    } finally {
      await cluster.stop()
    }
  }
  const create = ({ client }: Cluster, name: string, data = {}): Promise<ConfigMap> =>
    client.create(ConfigMap, { metadata: { namespace: 'default', name }, data })

  it('an answer waits until it is written down, if that blocks, and comes all the same when it cannot be', () =>
    within({ auditWebhookMode: 'blocking' }, async cluster => {
      await create(cluster, 'one')
      assert.deepEqual(
        posted.map(({ verb, stage }) => `${verb} ${stage}`),
        ['create RequestReceived', 'create ResponseComplete'],
      )
      code = 500
      await create(cluster, 'two')
    }))

  it('where it must be written down, nothing is done that cannot be', () =>
    within({ auditWebhookMode: 'blocking-strict' }, async cluster => {
      await create(cluster, 'one')
      code = 500
      await assert.rejects(create(cluster, 'two'), (error: StatusError) => {
        assert.ok(error instanceof StatusError)
        assert.equal(error.code, 500)
        assert.match(error.message, /^Internal Server Error: "\/api\/v1\/.*": failed to store audit event$/)
        return true
      })
      code = 200
      await assert.rejects(cluster.client.get(ConfigMap, { namespace: 'default', name: 'two' }), { reason: 'NotFound' })
    }))

  it('what is large loses what was sent', () =>
    within(
      { auditWebhookMode: 'blocking', auditWebhookTruncateEnabled: true, auditWebhookTruncateMaxEventSize: 5000 },
      async cluster => {
        await create(cluster, 'large', { text: 'x'.repeat(10_000) })
        assert.equal(posted.at(-1)?.annotations?.['audit.k8s.io/truncated'], 'true')
      },
    ))

  it('the pod security of a namespace is told, broken or kept', () =>
    within({ auditWebhookMode: 'blocking' }, async ({ client }) => {
      const said = (): Record<string, string> =>
        Object.fromEntries(
          Object.entries(posted.at(-1)?.annotations ?? {})
            .filter(([key]) => key.startsWith('pod-security'))
            .map(([key, value]) => [key.slice('pod-security.kubernetes.io/'.length), value]),
        )
      const labels = { 'pod-security.kubernetes.io/enforce': 'baseline', 'pod-security.kubernetes.io/audit': 'restricted' }
      await client.create(Namespace, { metadata: { name: 'guarded', labels }, spec: {} })
      const pod = (namespace: string, name: string, hostNetwork = false) =>
        client.create(Pod, {
          metadata: { namespace, name },
          spec: { containers: [{ name: 'c', image: 'x' }], hostNetwork, automountServiceAccountToken: false },
        })
      for (const namespace of ['default', 'guarded'])
        await client.create(ServiceAccount, { metadata: { namespace, name: 'default' } })
      await pod('default', 'free', true)
      assert.deepEqual(said(), { 'enforce-policy': 'privileged:latest' })
      await pod('guarded', 'kept')
      assert.equal(said()['enforce-policy'], 'baseline:latest')
      assert.match(
        said()['audit-violations']!,
        /^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false/,
      )
      await assert.rejects(pod('guarded', 'broken', true), { reason: 'Forbidden' })
      assert.match(said()['audit-violations']!, /host namespaces/)
    }))

  it('flags that make no sense stop the start, in upstream’s words', async () => {
    const refused = (flags: ServingFlags, message: string): Promise<void> =>
      assert.rejects(
        within(flags, async () => {}),
        { message },
      )
    await refused(
      { auditWebhookMode: 'loud' },
      'invalid audit webhook mode loud, allowed modes are "batch,blocking,blocking-strict"',
    )
    await refused({ auditWebhookBatchMaxSize: 0 }, 'invalid audit batch webhook max batch size 0, must be a positive number')
    await refused(
      { auditWebhookTruncateMaxBatchSize: 5 },
      'invalid audit truncate webhook max batch size 5, must be greater than max event size (102400)',
    )
  })
})
