import assert from 'node:assert/strict'
import { conformance } from './harness/conformance.ts'
import type { Trial } from './harness/trial.ts'

/** Each group, and one resource that it must have. */
const expected = [
  'admissionregistration.k8s.io/v1 validatingwebhookconfigurations',
  'apiextensions.k8s.io/v1 customresourcedefinitions',
  'apiregistration.k8s.io/v1 apiservices',
  'apps/v1 deployments',
  'authentication.k8s.io/v1 tokenreviews',
  'authorization.k8s.io/v1 selfsubjectaccessreviews',
  'autoscaling/v1 horizontalpodautoscalers',
  'autoscaling/v2 horizontalpodautoscalers',
  'batch/v1 jobs',
  'certificates.k8s.io/v1 certificatesigningrequests',
  'coordination.k8s.io/v1 leases',
  'discovery.k8s.io/v1 endpointslices',
  'events.k8s.io/v1 events',
  'networking.k8s.io/v1 ingresses',
  'node.k8s.io/v1 runtimeclasses',
  'policy/v1 poddisruptionbudgets',
  'scheduling.k8s.io/v1 priorityclasses',
  'storage.k8s.io/v1 csinodes',
]

interface Group {
  readonly name: string
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[]
  readonly preferredVersion: { readonly groupVersion: string }
}

interface AggregatedGroups {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions: readonly { readonly version: string; readonly resources?: readonly { readonly resource: string }[] }[]
  }[]
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** `GROUP/VERSION RESOURCE` of all that aggregated discovery speaks of. */
async function aggregated(t: Trial, path: string): Promise<string[]> {
  const { items } = await t.http.send<AggregatedGroups>('GET', path, { headers: { accept } })
  return items.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources = [] }) =>
      resources.map(({ resource }) => `${metadata?.name ? `${metadata.name}/` : ''}${version} ${resource}`),
    ),
  )
}

const missing = (there: readonly string[], wanted: readonly string[]): string[] => wanted.filter(each => !there.includes(each))

conformance('sig-api-machinery', 'AggregatedDiscovery', {
  'should support raw aggregated discovery endpoint Accept headers': async t => {
    assert.deepEqual(missing(await aggregated(t, '/apis'), expected), [])
    assert.deepEqual(missing(await aggregated(t, '/api'), ['v1 namespaces']), [])
  },

  // Upstream asks through client-go; kubectl is that client, too.
  'should support aggregated discovery interface': async t => {
    const lines = (await t.kubectl('api-resources --no-headers -o wide')).split('\n').map(line => line.split(/\s+/))
    const there = lines.flatMap(cells => cells.map(cell => `${cell} ${cells[0]}`))
    const preferred = expected.filter(each => !each.startsWith('autoscaling/v1'))
    assert.deepEqual(missing(there, [...preferred, 'v1 namespaces']), [])
    assert.deepEqual(
      missing(
        (await t.kubectl('api-versions')).split('\n'),
        expected.map(each => each.split(' ')[0]!),
      ),
      [],
    )
  },
})

conformance('sig-api-machinery', 'Discovery', {
  'should validate PreferredVersion for each APIGroup': async t => {
    const { groups } = await t.http.send<{ groups: Group[] }>('GET', '/apis/')
    assert.ok(groups.length > 0)
    for (const { name } of groups) {
      const { versions, preferredVersion } = await t.http.send<Group>('GET', `/apis/${name}/`)
      assert.ok(
        versions.some(({ groupVersion }) => groupVersion === preferredVersion.groupVersion),
        name,
      )
    }
  },

  'should locate the groupVersion and a resource within each APIGroup': async t => {
    const lacking: string[] = []
    for (const each of ['v1 namespaces', ...expected]) {
      const [groupVersion = '', wanted] = each.split(' ')
      const path = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`
      const reply = await t.http.ask('GET', path)
      const list = reply.code === 200 ? reply.json<{ groupVersion: string; resources: { name: string }[] }>() : undefined
      if (list?.groupVersion !== groupVersion || !list.resources.some(({ name }) => name === wanted)) lacking.push(each)
    }
    assert.deepEqual(lacking, [])
  },
})

conformance('sig-api-machinery', 'server version', {
  'should find the server version': async t => {
    const { major, minor } = await t.http.send<{ major: string; minor: string }>('GET', '/version')
    assert.match(major, /^[1-9]$/)
    assert.match(minor, /^[0-9]+/)
  },
})

const deployment = (metadata: string, spec: string): string =>
  `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"my-dep",${metadata}"labels":{"app":"nginx"}},"spec":{${spec}` +
  '"selector":{"matchLabels":{"app":"nginx"}},"template":{"metadata":{"labels":{"app":"nginx"}},"spec":{"containers":[{"name":"nginx","image":"nginx:latest"}]}}}}'

const strictly = (t: Trial, body: string): Promise<unknown> =>
  t.http.send('POST', t.of('deployments').path, {
    body,
    query: { fieldManager: 'field_validation_mgr', fieldValidation: 'Strict' },
  })

conformance('sig-api-machinery', 'FieldValidation', {
  'should detect unknown and duplicate fields of a typed object': async t => {
    const body = deployment('', '"unknownField":"foo","replicas":2,"replicas":3,')
    await assert.rejects(
      strictly(t, body),
      /strict decoding error: unknown field "spec\.unknownField", duplicate field "spec\.replicas"/,
    )
  },

  'should detect unknown metadata fields of a typed object': async t => {
    const body = deployment('"unknownMeta":"foo",', '')
    await assert.rejects(strictly(t, body), /strict decoding error: unknown field "metadata\.unknownMeta"/)
  },
})
