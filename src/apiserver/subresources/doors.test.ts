import assert from 'node:assert/strict'
import { assertRefused, type Loose, pod, startTestServer, type TestServer } from '#apiserver/testing.ts'

const pods = '/api/v1/namespaces/default/pods'
const deployments = '/apis/apps/v1/namespaces/default/deployments'

describe('doors', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const spec = { replicas: 2, selector: { matchLabels: { app: 'web' } }, template }
    assert.equal((await api.admin('POST', deployments, { metadata: { name: 'web' }, spec })).code, 201)
    assert.equal((await api.admin('POST', pods, pod('p'))).code, 201)
  })
  after(() => api.stop())

  const get = async (path: string): Promise<Loose> => (await api.admin('GET', path)).body

  describe('/status', () => {
    it('writes status and leaves the rest alone, as the main door leaves status alone', async () => {
      const before = await get(`${deployments}/web`)
      const { code, body } = await api.admin('PUT', `${deployments}/web/status`, {
        ...before,
        spec: { ...before.spec, replicas: 9 },
        status: { replicas: 2 },
      })
      assert.deepEqual([code, body.spec.replicas, body.status.replicas], [200, 2, 2])
      assert.equal(body.metadata.generation, before.metadata.generation)
      const main = await api.admin('PATCH', `${deployments}/web`, { status: { replicas: 7 } })
      assert.equal(main.body.status.replicas, 2)
    })

    it('takes patches, and shows the whole object', async () => {
      const change = { status: { conditions: [{ type: 'Available', status: 'True' }] } }
      const { body } = await api.admin('PATCH', `${deployments}/web/status`, change, {
        'content-type': 'application/strategic-merge-patch+json',
      })
      assert.equal(body.status.conditions[0].type, 'Available')
      assert.equal((await get(`${deployments}/web/status`)).spec.replicas, 2)
    })

    it('is closed where a kind has none', async () => {
      assert.equal((await api.admin('GET', '/api/v1/namespaces/default/configmaps/x/status')).code, 404)
    })
  })

  describe('/scale', () => {
    const scale = `${deployments}/web/scale`

    it('shows how many replicas there are to be, and are', async () => {
      const { kind, apiVersion, spec, status } = await get(scale)
      assert.deepEqual(
        [apiVersion, kind, spec, status],
        ['autoscaling/v1', 'Scale', { replicas: 2 }, { replicas: 2, selector: 'app=web' }],
      )
    })

    it('changes the replicas and nothing else', async () => {
      const { code, body } = await api.admin('PUT', scale, { metadata: { name: 'web' }, spec: { replicas: 5 } })
      assert.deepEqual([code, body.kind, body.spec.replicas], [200, 'Scale', 5])
      assert.equal((await get(`${deployments}/web`)).spec.replicas, 5)
      assert.equal((await api.admin('PATCH', scale, { spec: { replicas: 3 } })).body.spec.replicas, 3)
    })

    it('refuses a stale resourceVersion, wrong types, other kinds and negative numbers', async () => {
      const put = (body: object) => api.admin('PUT', scale, { metadata: { name: 'web' }, ...body })
      const stale = await api.admin('PUT', scale, { metadata: { name: 'web', resourceVersion: '1' }, spec: { replicas: 1 } })
      assertRefused(stale, { code: 409, reason: 'Conflict', message: /the object has been modified/ })
      const typed = await put({ spec: { replicas: 'x' } })
      assertRefused(typed, {
        code: 400,
        reason: 'BadRequest',
        message:
          'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32',
      })
      const other = await put({ kind: 'Deployment', apiVersion: 'apps/v1' })
      assertRefused(other, {
        code: 400,
        reason: 'BadRequest',
        message:
          'Deployment in version "v1" cannot be handled as a Scale: converting (v1.Deployment) to (autoscaling.Scale): unknown conversion',
      })
      assertRefused(await put({ spec: { replicas: -1 } }), {
        code: 422,
        reason: 'Invalid',
        message: /spec\.replicas: Invalid value: -1: must be greater than or equal to 0/,
      })
      assert.equal((await get(`${deployments}/web`)).spec.replicas, 3)
    })
  })

  describe('/binding', () => {
    const bind = (name: string, target: object) => api.admin('POST', `${pods}/${name}/binding`, { metadata: { name }, target })

    it('places a pod once', async () => {
      const { code, body } = await bind('p', { kind: 'Node', name: 'n1' })
      assert.deepEqual([code, body.kind, body.status], [201, 'Status', 'Success'])
      const { spec, status } = await get(`${pods}/p`)
      assert.equal(spec.nodeName, 'n1')
      assert.deepEqual(
        status.conditions?.map(({ type, status }: Loose) => [type, status]),
        [['PodScheduled', 'True']],
      )
      assert.equal((await bind('p', { kind: 'Node', name: 'n2' })).code, 409)
    })

    it('refuses what is no place, and pods that are not there', async () => {
      await api.admin('POST', pods, pod('q'))
      assert.equal((await bind('q', { kind: 'Node', name: '' })).code, 422)
      assertRefused(await bind('none', { kind: 'Node', name: 'n1' }), {
        code: 404,
        reason: 'NotFound',
        message: 'pods "none" not found',
      })
      assert.equal((await api.admin('GET', `${pods}/q/binding`)).code, 405)
    })
  })

  describe('/eviction', () => {
    const evict = (name: string, more: object = {}) =>
      api.admin('POST', `${pods}/${name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, ...more })
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'

    it('deletes a pod that no budget protects', async () => {
      await api.admin('POST', pods, pod('free'))
      assert.equal((await evict('free', { deleteOptions: { dryRun: ['All'] } })).code, 201)
      assert.equal((await api.admin('GET', `${pods}/free`)).code, 200)
      const { code, body } = await evict('free')
      assert.deepEqual([code, body.status], [201, 'Success'])
      assert.equal((await api.admin('GET', `${pods}/free`)).code, 404)
    })

    it('of a pod that works asks its budget, charges it, and says in the pod why it goes', async () => {
      await api.admin('POST', pods, pod('guarded', { nodeName: 'n1' }))
      const is = (status: object) => api.admin('PUT', `${pods}/guarded/status`, { ...pod('guarded', { nodeName: 'n1' }), status })
      const conditions = [{ type: 'Ready', status: 'True' }]
      assert.equal((await is({ phase: 'Running', conditions })).code, 200)
      await api.admin('POST', budgets, {
        metadata: { name: 'guard' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
      })
      const allow = (status: object) =>
        api.admin('PATCH', `${budgets}/guard/status`, { status }, { 'content-type': 'application/merge-patch+json' })
      const isRefused = async (why: string): Promise<void> => {
        const reply = await evict('guarded')
        assertRefused(reply, {
          code: 429,
          reason: 'TooManyRequests',
          message: "Cannot evict pod as it would violate the pod's disruption budget.",
        })
        assert.equal(reply.body.details.causes[0].message, why)
      }
      await isRefused('The disruption budget guard is still being processed by the server.')
      await allow({ observedGeneration: 1, desiredHealthy: 2, currentHealthy: 2 })
      await isRefused('The disruption budget guard needs 2 healthy pods and has 2 currently')
      await allow({ disruptionsAllowed: 1 })
      assert.equal((await evict('guarded', { deleteOptions: { dryRun: ['All'] } })).code, 201)
      assert.equal((await api.admin('GET', `${budgets}/guard`)).body.status.disruptionsAllowed, 1)
      assert.equal((await evict('guarded')).code, 201)
      const { body: left } = await api.admin('GET', `${pods}/guarded`)
      assert.ok(left.metadata.deletionTimestamp)
      const target = left.status.conditions.find(({ type }: { type: string }) => type === 'DisruptionTarget')
      assert.deepEqual([target.status, target.reason], ['True', 'EvictionByEvictionAPI'])
      const { status } = (await api.admin('GET', `${budgets}/guard`)).body
      assert.deepEqual([status.disruptionsAllowed, Object.keys(status.disruptedPods)], [0, ['guarded']])
      assert.equal(status.conditions[0].reason, 'InsufficientPods')
      assert.equal((await evict('guarded')).code, 201, 'what goes already may go')
    })

    it('is refused where the pod is not the one that was meant, also while it waits', async () => {
      await api.admin('POST', pods, pod('another'))
      for (const preconditions of [{ uid: 'u' }, { resourceVersion: '1' }])
        for (const dryRun of [[], ['All']]) {
          const { code, body } = await evict('another', { deleteOptions: { preconditions, dryRun } })
          assert.deepEqual([code, body.reason], [409, 'Conflict'])
        }
      const { uid } = (await api.admin('GET', `${pods}/another`)).body.metadata
      assert.equal((await evict('another', { deleteOptions: { preconditions: { uid } } })).code, 201)
    })

    it('is refused for a pod that is not there', async () => {
      assertRefused(await evict('none'), { code: 404, reason: 'NotFound', message: 'pods "none" not found' })
    })
  })

  describe('to containers', () => {
    it('are closed while the pod has no node', async () => {
      await api.admin('POST', pods, pod('waiting'))
      for (const door of ['log', 'exec?command=ls', 'portforward'])
        assertRefused(await api.admin('GET', `${pods}/waiting/${door}`), {
          code: 400,
          reason: 'BadRequest',
          message: 'pod waiting does not have a host assigned',
        })
    })

    it('give logs only to those who ask for what makes sense', async () => {
      const refused = async (query: string, message: string): Promise<void> =>
        assertRefused(await api.admin('GET', `${pods}/none/log?${query}`), {
          code: 422,
          reason: 'Invalid',
          message: `PodLogOptions "none" is invalid: ${message}`,
        })
      await refused('tailLines=-1', 'tailLines: Invalid value: -1: must be greater than or equal to 0')
      await refused('limitBytes=0', 'limitBytes: Invalid value: 0: must be greater than 0')
      await refused('sinceSeconds=0', 'sinceSeconds: Invalid value: 0: must be greater than 0')
      await refused(
        'sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z',
        ': Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
      )
      await refused('stream=x', 'stream: Unsupported value: "x": supported values: "All", "Stderr", "Stdout"')
      assertRefused(await api.admin('GET', `${pods}/none/log?tailLines=x`), {
        code: 400,
        reason: 'BadRequest',
        message: 'strconv.ParseInt: parsing "x": invalid syntax',
      })
      assert.equal((await api.admin('GET', `${pods}/none/log?stream=Stdout&follow&timestamps=1`)).code, 404)
    })

    it('name the containers there are', async () => {
      const containers = ['one', 'two'].map(name => ({ name, image: 'i' }))
      await api.admin('POST', pods, pod('two', { containers, nodeName: 'n1' }))
      await api.admin('POST', '/api/v1/nodes', { metadata: { name: 'n1' } })
      await api.admin('PATCH', '/api/v1/nodes/n1/status', {
        status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: 1 } } },
      })
      const unsaid = await api.admin('GET', `${pods}/two/log`)
      assertRefused(unsaid, {
        code: 400,
        reason: 'BadRequest',
        message: 'a container name must be specified for pod two, choose one of: [one two]',
      })
      const wrong = await api.admin('GET', `${pods}/two/log?container=three`)
      assertRefused(wrong, { code: 400, reason: 'BadRequest', message: 'container three is not valid for pod two' })
      const plain = await api.admin('POST', `${pods}/two/exec?container=one&command=ls`)
      assertRefused(plain, { code: 400, reason: 'BadRequest', message: 'Upgrade request required' })
    })
  })
})
