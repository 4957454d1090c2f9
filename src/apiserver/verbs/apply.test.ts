import assert from 'node:assert/strict'
import {
  assertRefused,
  configMaps,
  HandClock,
  type Loose,
  type Reply,
  startTestServer,
  type TestServer,
} from '#apiserver/testing.ts'

const deployments = '/apis/apps/v1/namespaces/default/deployments'
const yaml = { 'content-type': 'application/apply-patch+yaml' }

describe('server-side apply', () => {
  let api: TestServer
  const clock = new HandClock()
  before(async () => {
    api = await startTestServer({ clock })
  })
  beforeEach(async () => {
    for (const path of [`${configMaps}/a`, `${deployments}/d`]) await api.admin('DELETE', path)
  })
  after(() => api.stop())

  const apply = (path: string, body: unknown, manager: string, query = ''): Promise<Reply> =>
    api.admin('PATCH', `${path}?fieldManager=${manager}${query}`, body, yaml)
  const applyMap = (data: object | undefined, manager: string, query = '', metadata: object = {}): Promise<Reply> =>
    apply(
      `${configMaps}/a`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', ...metadata }, ...(data && { data }) },
      manager,
      query,
    )
  const deployment = (spec: object = {}, metadata: object = {}): Loose => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', ...metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image: 'one' }] } },
      ...spec,
    },
  })
  const applyDeployment = (spec: object, manager: string, query = ''): Promise<Reply> =>
    apply(`${deployments}/d`, deployment(spec), manager, query)
  /** Entries by who they are. */
  const owners = ({ body }: Reply): Loose =>
    Object.fromEntries(
      (body.metadata.managedFields ?? []).map((entry: Loose) => [
        [entry.manager, entry.operation, ...(entry.subresource ? [entry.subresource] : [])].join(' '),
        entry.fieldsV1,
      ]),
    )

  it('makes the object, and says whose its fields are and since when', async () => {
    const { code, body } = await applyMap({ key: 'value' }, 'me', '', { labels: { app: 'x' } })
    assert.equal(code, 201)
    assert.deepEqual(body.data, { key: 'value' })
    assert.deepEqual(body.metadata.managedFields, [
      {
        manager: 'me',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:key': {} }, 'f:metadata': { 'f:labels': { 'f:app': {} } } },
      },
    ])
  })

  it('takes YAML', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  key: "yes"\n'
    const { code, body } = await apply(`${configMaps}/a`, text, 'me')
    assert.deepEqual([code, body.data], [201, { key: 'yes' }])
  })

  it('takes away what its manager says no more, and leaves what others own', async () => {
    await applyMap({ a: '1', b: '1' }, 'me')
    await applyMap({ b: '1', c: '1' }, 'other')
    const less = await applyMap(undefined, 'me')
    assert.deepEqual([less.code, less.body.data], [200, { b: '1', c: '1' }])
    assert.deepEqual(owners(less), { 'other Apply': { 'f:data': { 'f:b': {}, 'f:c': {} } } })
  })

  it('names the manager and the field of a conflict, and takes the field by force', async () => {
    await api.admin('POST', `${deployments}?fieldManager=kubectl-client-side-apply`, deployment())
    const refused = await applyDeployment({ replicas: 5 }, 'me')
    assertRefused(refused, {
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
    })
    assert.deepEqual(refused.body.details, {
      causes: [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "kubectl-client-side-apply" using apps/v1',
          field: '.spec.replicas',
        },
      ],
    })
    const forced = await applyDeployment({ replicas: 5 }, 'me', '&force=true')
    assert.deepEqual([forced.code, forced.body.spec.replicas], [200, 5])
    assert.equal(owners(forced)['kubectl-client-side-apply Update']['f:spec']['f:replicas'], undefined)
    assert.deepEqual(owners(forced)['me Apply']['f:spec']['f:replicas'], {})
  })

  it('lists many conflicts by their managers', async () => {
    const containers = (image: string, ports: object[]): object => ({
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image, ports }] } },
    })
    await applyDeployment(
      {
        ...containers('one', [
          { containerPort: 443, name: 'a' },
          { containerPort: 80, name: 'b' },
        ]),
      },
      'alice',
    )
    await api.admin('PATCH', `${deployments}/d?fieldManager=bob`, { spec: { replicas: 4 } })
    const ports = [
      { containerPort: 443, name: 'b' },
      { containerPort: 80, name: 'a' },
    ]
    const { body } = await applyDeployment({ replicas: 5, ...containers('two', ports) }, 'carol')
    const at = '.spec.template.spec.containers[name="main"]'
    assert.equal(
      body.message,
      [
        'Apply failed with 4 conflicts: conflicts with "alice":',
        `- ${at}.image`,
        `- ${at}.ports[containerPort=80,protocol="TCP"].name`,
        `- ${at}.ports[containerPort=443,protocol="TCP"].name`,
        'conflicts with "bob" using apps/v1:',
        '- .spec.replicas',
      ].join('\n'),
    )
    assert.deepEqual(body.details.causes.map((cause: Loose) => cause.message).at(-1), 'conflict with "bob" using apps/v1')
  })

  it('merges lists by their keys, keeps an item as long as anyone owns anything in it', async () => {
    const containers = (...list: object[]): object => ({
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: list } },
    })
    await applyDeployment(containers({ name: 'main', image: 'one' }, { name: 'side', image: 'one' }), 'me')
    const env = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: {} as Loose }
    env.spec = { template: { spec: { containers: [{ name: 'side', env: [{ name: 'A', value: '1' }] }] } } }
    const both = await apply(`${deployments}/d`, env, 'other')
    assert.equal(both.code, 200)
    const { body } = await applyDeployment(containers({ name: 'main', image: 'two' }), 'me')
    assertRefused(
      { ...both, code: body.code, body },
      {
        code: 422,
        reason: 'Invalid',
        message: 'Deployment.apps "d" is invalid: spec.template.spec.containers[1].image: Required value',
      },
    )
    await apply(`${deployments}/d`, { ...env, spec: {} }, 'other')
    const { body: last } = await applyDeployment(containers({ name: 'main', image: 'two' }), 'me')
    assert.deepEqual(
      last.spec.template.spec.containers.map(({ name }: Loose) => name),
      ['main'],
    )
  })

  it('changes nothing, and tells no watcher, when nothing changes; a new applier is a change', async () => {
    const first = await applyDeployment({}, 'me')
    clock.pass(5000)
    const again = await applyDeployment({}, 'me')
    assert.deepEqual(again.body, first.body)
    const other = await applyDeployment({}, 'other')
    assert.notEqual(other.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
    assert.equal(other.body.metadata.managedFields[0].time, undefined)
    assert.deepEqual(owners(other)['other Apply'], owners(other)['me Apply'])
    assert.equal(other.body.metadata.generation, 1)
  })

  it('stores nothing in a dry run', async () => {
    assert.equal((await applyMap({ a: '1' }, 'me', '&dryRun=All')).code, 201)
    assert.equal((await api.admin('GET', `${configMaps}/a`)).code, 404)
  })

  describe('from client-side apply', () => {
    const note = 'kubectl.kubernetes.io/last-applied-configuration'
    const clientSide = async (): Promise<void> => {
      const applied = deployment()
      const annotations = { [note]: JSON.stringify(applied) }
      await api.admin('POST', `${deployments}?fieldManager=kubectl-client-side-apply`, deployment({}, { annotations }))
    }

    it('kubectl takes over what it set itself, and keeps the note true', async () => {
      await clientSide()
      const { code, body } = await applyDeployment({ replicas: 5 }, 'kubectl')
      assert.deepEqual([code, body.spec.replicas], [200, 5])
      assert.equal(JSON.parse(body.metadata.annotations[note]).spec.replicas, 5)
      assert.ok(body.metadata.annotations[note].endsWith('\n'))
    })

    it('but not what somebody has changed since', async () => {
      await clientSide()
      await api.admin('PATCH', `${deployments}/d?fieldManager=someone`, { spec: { replicas: 7 } })
      const { body } = await applyDeployment({ replicas: 5 }, 'kubectl')
      assert.equal(body.message, 'Apply failed with 1 conflict: conflict with "someone" using apps/v1: .spec.replicas')
    })

    it('others get no such favour', async () => {
      await clientSide()
      assert.equal((await applyDeployment({ replicas: 5 }, 'me')).code, 409)
    })
  })

  describe('through other doors', () => {
    it('owns the status apart, and leaves the spec alone', async () => {
      await applyDeployment({}, 'me')
      const status = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        status: { observedGeneration: 1 },
        spec: { replicas: 9 },
      }
      const reply = await apply(`${deployments}/d/status`, status, 'me')
      assert.deepEqual([reply.code, reply.body.status.observedGeneration, reply.body.spec.replicas], [200, 1, 3])
      assert.deepEqual(owners(reply)['me Apply status'], { 'f:status': { 'f:observedGeneration': {} } })
      assert.ok(owners(reply)['me Apply'])
      const none = await apply(`${deployments}/none/status`, { ...status, metadata: { name: 'none' } }, 'me')
      assert.equal(none.code, 404)
    })

    it('owns replicas through a Scale as through the object', async () => {
      const scale = (replicas: number): object => ({
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'd', namespace: 'default' },
        spec: { replicas },
      })
      await applyDeployment({}, 'me')
      const conflict = await apply(`${deployments}/d/scale`, scale(5), 'scaler')
      assert.equal(conflict.body.message, 'Apply failed with 1 conflict: conflict with "me": .spec.replicas')
      assert.equal((await apply(`${deployments}/d/scale`, scale(5), 'scaler', '&force=true')).body.spec.replicas, 5)
      const forced = await api.admin('GET', `${deployments}/d`)
      assert.deepEqual(owners(forced)['scaler Apply scale'], { 'f:spec': { 'f:replicas': {} } })
      assert.equal(owners(forced)['me Apply']['f:spec']['f:replicas'], undefined)
      const back = await applyDeployment({}, 'me')
      assert.equal(
        back.body.message,
        'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale": .spec.replicas',
      )
      await api.admin('PATCH', `${deployments}/d/scale?fieldManager=patcher`, { spec: { replicas: 6 } })
      const patched = await api.admin('GET', `${deployments}/d`)
      assert.equal(patched.body.spec.replicas, 6)
      assert.deepEqual(owners(patched)['patcher Update scale'], { 'f:spec': { 'f:replicas': {} } })
      assert.equal(owners(patched)['scaler Apply scale'], undefined)
    })
  })
})
