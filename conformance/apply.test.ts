import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { everyKubectl } from './every-kubectl.ts'
import type { Kubectl } from './kubectl.ts'
import { web } from './manifests.ts'

interface Managed {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string; readonly subresource?: string }[]
  }
  readonly spec: { readonly replicas: number }
}

const programs = await everyKubectl()

describe('server-side apply', function () {
  this.timeout(60_000)
  const cluster = clusterForSuite({ runtime: 'simulated' })

  for (const program of programs) {
    describe(`by ${program.split('/').at(-1)}`, () => {
      const namespace = `apply-${programs.indexOf(program)}`
      let kubectl: Kubectl
      before(async () => {
        kubectl = cluster().by(program)
        await kubectl.ok(`create namespace ${namespace}`)
      })
      after(() => kubectl.ok(`delete namespace ${namespace} --wait=false`))

      const ok = (args: string, input?: string): Promise<string> =>
        kubectl.ok(`--namespace ${namespace} ${args}`, input === undefined ? {} : { input })
      const fails = (args: string, input: string): Promise<string> => kubectl.fails(`--namespace ${namespace} ${args}`, { input })
      const managers = async (name: string): Promise<string[]> => {
        const { metadata } = await deployment(name)
        return metadata.managedFields!.map(({ manager, operation, subresource }) =>
          [manager, operation, subresource].filter(Boolean).join(' '),
        )
      }
      const deployment = async (name: string): Promise<Managed> =>
        JSON.parse(await ok(`get deployment ${name} -o json --show-managed-fields`)) as Managed

      it('makes an object, and changes nothing the second time', async () => {
        assert.equal(await ok('apply --server-side -f -', web()), 'deployment.apps/web serverside-applied')
        await ok('rollout status deployment/web --timeout=30s')
        const version = (): Promise<string> => ok('get deployment web -o jsonpath={.metadata.resourceVersion}')
        const before = await version()
        assert.equal(await ok('apply --server-side -f -', web()), 'deployment.apps/web serverside-applied')
        assert.equal(await version(), before)
        assert.deepEqual(await managers('web'), ['kubectl Apply', 'kube-controller-manager Update status'])
      })

      it('says what would be applied', async () => {
        const { stdout } = await kubectl.run(`--namespace ${namespace} diff --server-side -f -`, { input: web({ replicas: 5 }) })
        assert.match(stdout, /^-\s+replicas: 3\n\+\s+replicas: 5$/m)
        assert.equal(
          await ok('apply --server-side --dry-run=server -f -', web({ replicas: 5 })),
          'deployment.apps/web serverside-applied (server dry run)',
        )
        assert.equal(await ok('get deployment web -o jsonpath={.spec.replicas}'), '3')
      })

      it('names who is in the way, and takes the fields by force', async () => {
        const refused = await fails('apply --server-side --field-manager=other -f -', web({ replicas: 2, version: 2 }))
        assert.match(
          refused,
          /^error: Apply failed with 2 conflicts: conflicts with "kubectl":\n- \.spec\.replicas\n- \.spec\.template\.spec\.containers\[name="httpd"\]\.image$/m,
        )
        await ok('apply --server-side --field-manager=other --force-conflicts -f -', web({ replicas: 2 }))
        assert.deepEqual(await managers('web'), ['kubectl Apply', 'other Apply', 'kube-controller-manager Update status'])
        await ok('scale deployment web --replicas=1')
        assert.match(
          await fails('apply --server-side --field-manager=other -f -', web({ replicas: 2 })),
          /^error: Apply failed with 1 conflict: conflict with "kubectl[.\d]*" with subresource "scale" using apps\/v1: \.spec\.replicas$/m,
        )
      })

      it('takes over what client-side apply made, and client-side apply may go on', async () => {
        await ok('apply -f -', web({ name: 'old' }))
        await ok('apply --server-side -f -', web({ name: 'old', replicas: 2 }))
        assert.equal((await deployment('old')).spec.replicas, 2)
        await ok('apply -f -', web({ name: 'old', replicas: 1 }))
        const { metadata, spec } = await deployment('old')
        assert.equal(spec.replicas, 1)
        assert.match(metadata.annotations!['kubectl.kubernetes.io/last-applied-configuration']!, /"replicas":1/)
      })

      it('refuses fields that there are not', async () => {
        const why = await fails('apply --server-side --validate=false -f -', web().replace('replicas', 'replicaz'))
        assert.match(
          why,
          /failed to create typed patch object \(apply-\d+\/web; apps\/v1, Kind=Deployment\): \.spec\.replicaz: field not declared in schema/,
        )
      })
    })
  }
})
