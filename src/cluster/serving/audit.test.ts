import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '#api/admissionregistration/v1.ts'
import type { TokenRequest } from '#api/authentication/v1.ts'
import { ConfigMap, Pod, Secret, ServiceAccount } from '#api/core/v1.ts'
import type { AuditEvent } from '#apiserver/audit/event.ts'
import { Client } from '#client/client.ts'
import { httpsTransport } from '#client/transport.ts'
import { type Cluster, startCluster } from '#cluster/start-cluster.ts'
import { realClock } from '#machinery/clock.ts'
import { readPolicy } from './audit-policy.ts'

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  userGroups: [system:nodes, system:serviceaccounts]
- level: Metadata
  resources: [{ group: "", resources: [secrets] }]
- level: RequestResponse
  omitManagedFields: true
  namespaces: [default]
  resources: [{ group: "", resources: [configmaps] }]
- level: Metadata
  nonResourceURLs: ["/version"]
`

describe('the audit', () => {
  let directory: string
  let service: Server
  const posted: AuditEvent[] = []
  let cluster: Cluster
  const at = (name: string): string => join(directory, name)
  const written = async (): Promise<AuditEvent[]> =>
    (await readFile(at('audit/audit.log'), 'utf8').catch(() => ''))
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
  const found = async (fits: (event: AuditEvent) => boolean): Promise<AuditEvent> => {
    for (let tries = 0; tries < 100; tries++) {
      const event = (await written()).find(fits)
      if (event) return event
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error(`not written: ${JSON.stringify(await written())}`)
  }

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-audit-'))
    service = createServer(async (request, response) => {
      const { kind, items } = JSON.parse(Buffer.concat(await request.toArray()).toString())
      assert.equal(kind, 'EventList')
      posted.push(...items)
      response.end('{}')
    }).listen(0, '127.0.0.1')
    await once(service, 'listening')
    const server = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
    await writeFile(at('policy.yaml'), policy)
    await writeFile(
      at('webhook.yaml'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server } }],
        users: [{ name: 'u', user: {} }],
      }),
    )
    cluster = await startCluster({
      nodes: 0,
      without: ['controller-manager', 'scheduler'],
      serving: {
        auditPolicyFile: at('policy.yaml'),
        auditLogPath: at('audit/audit.log'),
        auditWebhookConfigFile: at('webhook.yaml'),
      },
    })
  })
  after(async () => {
    await cluster.stop()
    service.close()
    await rm(directory, { recursive: true })
  })

  const shop = (name: string): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name } })

  it('tells what policies have found', async () => {
    const name = 'found'
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE' as const], resources: ['configmaps'] }
    await cluster.client.create(ValidatingAdmissionPolicy, {
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: [rule], objectSelector: { matchLabels: { look: 'here' } } },
        validations: [{ expression: "object.metadata.name != 'looked-at'", message: 'a bad name' }],
        auditAnnotations: [
          { key: 'keys', valueExpression: "object.data.map(key, key).join(' ')" },
          { key: 'none', valueExpression: 'null' },
        ],
      },
    })
    await cluster.client.create(ValidatingAdmissionPolicyBinding, {
      metadata: { name },
      spec: { policyName: name, validationActions: ['Audit'] },
    })
    const metadata = { name: 'looked-at', namespace: 'default', labels: { look: 'here' } }
    await cluster.client.create(ConfigMap, { metadata, data: { a: '', b: '' } })
    const { annotations } = await found(({ objectRef }) => objectRef?.name === metadata.name)
    assert.equal(annotations?.['found/keys'], 'a b')
    assert.equal(annotations?.['found/none'], undefined)
    assert.deepEqual(JSON.parse(annotations!['validation.policy.admission.k8s.io/validation_failure']!), [
      { message: 'a bad name', policy: name, binding: name, expressionIndex: 0, validationActions: ['Audit'] },
    ])
  })

  it('writes down who did what to what, and what came of it', async () => {
    await cluster.client.create(ConfigMap, { ...shop('web'), data: { colour: 'blue' } })
    const event = await found(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'web')
    assert.deepEqual(
      [event.kind, event.apiVersion, event.level, event.stage],
      ['Event', 'audit.k8s.io/v1', 'RequestResponse', 'ResponseComplete'],
    )
    assert.equal(event.user.username, 'kubernetes-admin')
    assert.deepEqual(event.objectRef, { resource: 'configmaps', namespace: 'default', name: 'web', apiVersion: 'v1' })
    assert.deepEqual(event.responseStatus, { metadata: {}, code: 201 })
    const { requestObject, responseObject } = event as unknown as Record<string, ConfigMap>
    assert.deepEqual(requestObject?.data, { colour: 'blue' })
    assert.match(responseObject?.metadata.uid ?? '', /-/)
    assert.equal(responseObject?.metadata.managedFields, undefined)
    assert.match(event.auditID, /^[0-9a-f-]{36}$/)
    assert.equal(event.annotations?.['authorization.k8s.io/decision'], 'allow')
    assert.match(event.requestReceivedTimestamp, /^\d{4}-.*\.\d{6}Z$/)
  })

  it('writes down refusals with their reason, and no secret’s content', async () => {
    await assert.rejects(cluster.client.get(ConfigMap, { namespace: 'default', name: 'none' }))
    const missing = await found(({ responseStatus }) => responseStatus?.code === 404)
    assert.deepEqual([missing.verb, missing.responseStatus?.reason], ['get', 'NotFound'])
    await cluster.client.create(Secret, { metadata: { namespace: 'default', name: 'key' }, stringData: { token: 'hunter2' } })
    const secret = await found(({ objectRef }) => objectRef?.resource === 'secrets')
    assert.deepEqual([secret.level, secret.requestObject, secret.objectRef?.name], ['Metadata', undefined, 'key'])
    assert.ok(!(await readFile(at('audit/audit.log'), 'utf8')).includes('hunter2'))
  })

  it('writes down a watch when it begins and when it ends', async () => {
    const { signal } = new AbortController()
    for await (const _ of cluster.client.watch(ConfigMap, { namespace: 'default', revision: 0 }, signal)) break
    const of = (stage: string) => found(event => event.verb === 'watch' && event.stage === stage)
    assert.equal((await of('ResponseStarted')).auditID, (await of('ResponseComplete')).auditID)
  })

  it('is nobody else’s to read', async () => {
    assert.equal((await stat(at('audit/audit.log'))).mode & 0o777, 0o600)
  })

  it('is posted to a webhook too, at the latest when the server stops', async () => {
    await cluster.stop()
    const names = new Set(posted.map(({ auditID, stage }) => `${auditID} ${stage}`))
    for (const { auditID, stage } of await written()) assert.ok(names.has(`${auditID} ${stage}`))
  })

  it('notes that a pod comes with a token that should have been replaced', async () => {
    let aheadMs = 0
    const clock = { ...realClock, now: () => new Date(realClock.now().getTime() + aheadMs) }
    await writeFile(at('all.yaml'), 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata }]')
    const serving = { auditPolicyFile: at('all.yaml'), auditLogPath: at('stale/audit.log') }
    const own = await startCluster({ nodes: 0, without: ['controller-manager', 'scheduler'], clock, serving })
    const key = { namespace: 'default', name: 'robot' }
    const { server, ca = '' } = own.access
    try {
      await own.client.create(ServiceAccount, { metadata: key })
      await own.client.create(Pod, {
        metadata: key,
        spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'x' }] },
      })
      const spec = { expirationSeconds: 3607, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'robot' } }
      const { status } = await own.client.post<TokenRequest>(ServiceAccount, key, 'token', { spec })
      const transport = httpsTransport({ server, ca, token: status?.token ?? '' })
      const come = (): Promise<unknown> => new Client(transport).request('GET', '/version')
      await come()
      aheadMs = 3_700_000
      await come()
      transport.close()
    } finally {
      await own.stop()
    }
    const comings: AuditEvent[] = (await readFile(at('stale/audit.log'), 'utf8'))
      .split('\n')
      .filter(line => line.includes('"/version"') && line.includes('"ResponseComplete"') && line.includes(':robot"'))
      .map(line => JSON.parse(line))
    const notes = comings.map(({ annotations }) => annotations?.['authentication.k8s.io/stale-token'])
    assert.equal(notes.length, 2)
    assert.equal(notes[0], undefined)
    assert.match(notes[1] ?? '', /^subject: system:serviceaccount:default:robot, seconds after warning threshold: 9\d$/)
  })

  it('puts a file aside that has grown large, and keeps as many as it is told', async () => {
    const again = await startCluster({
      nodes: 0,
      without: ['controller-manager', 'scheduler'],
      serving: {
        auditPolicyFile: at('policy.yaml'),
        auditLogPath: at('small/audit.log'),
        auditLogMaxsize: 1,
        auditLogMaxbackup: 2,
      },
    })
    try {
      const data = { text: 'x'.repeat(200_000) }
      for (let count = 0; count < 16; count++) await again.client.create(ConfigMap, { ...shop(`large-${count}`), data })
    } finally {
      await again.stop()
    }
    const files = await readdir(at('small'))
    const aside = files.filter(name => /^audit-\d{4}-\d\d-\d\dT[\d-]+\.\d{3}\.log$/.test(name))
    assert.ok(aside.length === 2 && files.includes('audit.log'), files.join(' '))
  })
})

describe('an audit policy', () => {
  const read = (rules: string) => readPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`)

  it('is refused with everything that is wrong in it', () => {
    assert.throws(() => readPolicy('kind: Policy'), /unknown group version field undefined, Kind=Policy in policy/)
    assert.throws(() => read('rules: []'), /loaded illegal policy with 0 rules/)
    assert.throws(() => read('rules: [{'), /yaml: line/)
    assert.throws(
      () =>
        read(`
rules:
- level: Loud
  nonResourceURLs: [livez, "/a*b"]
  namespaces: [x]
- resources: [{ group: Apps/v1, resourceNames: [a] }]
  omitStages: [Never]
  colour: red
`),
      {
        message: [
          'rules[0].level: Unsupported value: "Loud": supported values: "None", "Metadata", "Request", "RequestResponse"',
          'rules[0].nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs',
          `rules[0].nonResourceURLs[0]: Invalid value: "livez": non-resource URL rules must begin with a '/' character`,
          `rules[0].nonResourceURLs[1]: Invalid value: "/a*b": non-resource URL wildcards '*' must be the final character of the rule`,
          'rules[1].colour: unknown field',
          'rules[1].level: Required value',
          `rules[1].resources[0].group: Invalid value: "Apps/v1": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
          'rules[1].resources[0].resourceNames: using resourceNames requires at least one resource',
          'rules[1].omitStages: Invalid value: "Never": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
        ].join('; '),
      },
    )
  })
})
