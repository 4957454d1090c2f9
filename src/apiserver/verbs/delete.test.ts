import assert from 'node:assert/strict'
import {
  assertRefused,
  configMap,
  configMaps,
  HandClock,
  type Loose,
  pod,
  startTestServer,
  type TestServer,
} from '#apiserver/testing.ts'

const pods = '/api/v1/namespaces/default/pods'

describe('delete', () => {
  let api: TestServer
  const clock = new HandClock()
  before(async () => {
    api = await startTestServer({ clock })
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  })
  after(() => api.stop())

  const make = async (name: string, metadata: object = {}): Promise<Loose> =>
    (await api.admin('POST', configMaps, configMap(name, metadata))).body
  const remove = (name: string, options?: object, query = '') => api.admin('DELETE', `${configMaps}/${name}${query}`, options)
  const get = (name: string) => api.admin('GET', `${configMaps}/${name}`)

  it('deletes at once what nothing holds, and answers a Status that names it', async () => {
    const { metadata } = await make('plain')
    const { code, body } = await remove('plain')
    assert.equal(code, 200)
    const details = { name: 'plain', kind: 'configmaps', uid: metadata.uid }
    assert.deepEqual(body, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details })
    assertRefused(await get('plain'), { code: 404, reason: 'NotFound', message: 'configmaps "plain" not found' })
  })

  it('answers NotFound for what is not there', async () => {
    assertRefused(await remove('none'), { code: 404, reason: 'NotFound', message: 'configmaps "none" not found' })
  })

  describe('with finalizers', () => {
    it('only marks the object, and deletes it with the last finalizer', async () => {
      await make('held', { finalizers: ['example.com/one', 'example.com/two'] })
      const { code, body } = await remove('held')
      assert.equal(code, 200)
      assert.equal(body.metadata.deletionTimestamp, '2026-01-01T00:00:00Z')
      assert.equal(body.metadata.deletionGracePeriodSeconds, 0)
      await api.admin('PATCH', `${configMaps}/held`, { metadata: { finalizers: ['example.com/two'] } })
      assert.equal((await get('held')).code, 200)
      assert.equal((await api.admin('PATCH', `${configMaps}/held`, { metadata: { finalizers: null } })).code, 200)
      assert.equal((await get('held')).code, 404)
    })

    it('lets no new finalizer in once the deletion has begun', async () => {
      await make('closing', { finalizers: ['example.com/one'] })
      await remove('closing')
      const reply = await api.admin('PATCH', `${configMaps}/closing`, {
        metadata: { finalizers: ['example.com/one', 'example.com/new'] },
      })
      assertRefused(reply, {
        code: 422,
        reason: 'Invalid',
        message:
          /metadata\.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"example\.com\/new"\}$/,
      })
    })
  })

  describe('with a propagation policy', () => {
    it('holds the object by a finalizer for the garbage collector', async () => {
      for (const [policy, finalizer] of [
        ['Foreground', 'foregroundDeletion'],
        ['Orphan', 'orphan'],
      ] as const) {
        await make(finalizer.toLowerCase())
        const { body } = await remove(finalizer.toLowerCase(), { propagationPolicy: policy })
        assert.deepEqual(body.metadata.finalizers, [finalizer])
        assert.ok(body.metadata.deletionTimestamp)
      }
    })

    it('takes it from the query, and the older orphanDependents too', async () => {
      await make('query')
      assert.deepEqual((await remove('query', undefined, '?propagationPolicy=Foreground')).body.metadata.finalizers, [
        'foregroundDeletion',
      ])
      await make('old')
      assert.deepEqual((await remove('old', { orphanDependents: true })).body.metadata.finalizers, ['orphan'])
    })

    it('answers 202 to orphanDependents=false where something still holds the object', async () => {
      await make('waited-for', { finalizers: ['example.com/one'] })
      assert.equal((await remove('waited-for', { orphanDependents: false })).code, 202)
      await make('free')
      assert.equal((await remove('free', { orphanDependents: false })).code, 200)
    })

    it('replaces one policy by the other', async () => {
      await make('changed')
      await remove('changed', { propagationPolicy: 'Orphan' })
      assert.equal((await remove('changed', { propagationPolicy: 'Background' })).body.status, 'Success')
    })

    it('refuses policies that there are not, and two at once', async () => {
      await make('kept')
      const unknown =
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "X": supported values: "Foreground", "Background", "Orphan", "nil"'
      assertRefused(await remove('kept', { propagationPolicy: 'X' }), { code: 422, reason: 'Invalid', message: unknown })
      const both =
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set'
      assertRefused(await remove('kept', { propagationPolicy: 'Orphan', orphanDependents: true }), {
        code: 422,
        reason: 'Invalid',
        message: both,
      })
      assert.equal((await get('kept')).code, 200)
    })
  })

  it('holds preconditions against what is there', async () => {
    const { metadata } = await make('sure')
    const uid = await remove('sure', { preconditions: { uid: 'other' } })
    const gone = `the UID in the precondition (other) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`
    assertRefused(uid, { code: 409, reason: 'Conflict', message: `Operation cannot be fulfilled on ConfigMap "sure": ${gone}` })
    const version = await remove('sure', { preconditions: { resourceVersion: '1' } })
    const changed = `the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`
    assertRefused(version, {
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on ConfigMap "sure": ${changed}`,
    })
    assert.equal(
      (await remove('sure', { preconditions: { uid: metadata.uid, resourceVersion: metadata.resourceVersion } })).code,
      200,
    )
  })

  it('takes a uid in the query for a precondition', async () => {
    await make('uid')
    assert.equal((await remove('uid', undefined, '?uid=other')).code, 409)
  })

  it('tries with dryRun and deletes nothing', async () => {
    await make('spared')
    assert.equal((await remove('spared', undefined, '?dryRun=All')).body.status, 'Success')
    assert.equal((await remove('spared', { dryRun: ['All'] })).body.status, 'Success')
    assert.equal((await get('spared')).code, 200)
  })

  describe('of pods, which take their time', () => {
    const placed = (name: string) => api.admin('POST', pods, pod(name, { nodeName: 'node', terminationGracePeriodSeconds: 30 }))

    it('marks a placed pod with the end of its grace, and takes it away when its kubelet says 0', async () => {
      await placed('slow')
      const { body } = await api.admin('DELETE', `${pods}/slow`)
      assert.deepEqual([body.metadata.deletionTimestamp, body.metadata.deletionGracePeriodSeconds], ['2026-01-01T00:00:30Z', 30])
      const done = await api.admin('DELETE', `${pods}/slow`, { gracePeriodSeconds: 0, preconditions: { uid: body.metadata.uid } })
      assert.equal(done.code, 200)
      assert.equal((await api.admin('GET', `${pods}/slow`)).code, 404)
    })

    it('shortens grace, and never makes it longer', async () => {
      await placed('hurried')
      const shorter = await api.admin('DELETE', `${pods}/hurried`, { gracePeriodSeconds: 10 })
      assert.equal(shorter.body.metadata.deletionTimestamp, '2026-01-01T00:00:10Z')
      const longer = await api.admin('DELETE', `${pods}/hurried`, { gracePeriodSeconds: 60 })
      assert.equal(longer.body.metadata.deletionGracePeriodSeconds, 10)
      const unsaid = await api.admin('DELETE', `${pods}/hurried`)
      assert.equal(unsaid.body.metadata.deletionGracePeriodSeconds, 10)
      const negative = await api.admin('DELETE', `${pods}/hurried`, { gracePeriodSeconds: -5 })
      assert.equal(negative.body.metadata.deletionGracePeriodSeconds, 1)
    })

    it('leaves a pod as it is while its grace lasts, also its finalizers', async () => {
      await placed('steady')
      const { body } = await api.admin('DELETE', `${pods}/steady`)
      assert.deepEqual((await api.admin('DELETE', `${pods}/steady`, { propagationPolicy: 'Foreground' })).body, body)
    })

    it('deletes a pod that was never placed at once', async () => {
      await api.admin('POST', pods, pod('unplaced'))
      await api.admin('DELETE', `${pods}/unplaced`)
      assert.equal((await api.admin('GET', `${pods}/unplaced`)).code, 404)
    })
  })

  it('does not delete the namespaces that every cluster has', async () => {
    const reply = await api.admin('DELETE', '/api/v1/namespaces/default')
    assertRefused(reply, {
      code: 403,
      reason: 'Forbidden',
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    })
  })

  it('refuses options that cannot be read', async () => {
    const refusals: [unknown, string, string][] = [
      [
        { gracePeriodSeconds: 'x' },
        '',
        'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
      ],
      ['{', '', "couldn't get version/kind; json parse error: unexpected end of JSON input"],
      [
        { kind: 'Pod', apiVersion: 'v1' },
        '',
        'no kind "Pod" is registered for version "v1" in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"',
      ],
      [undefined, '?gracePeriodSeconds=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ]
    for (const [body, query, message] of refusals)
      assertRefused(await api.admin('DELETE', `${configMaps}/kube-root-ca.crt${query}`, body), {
        code: 400,
        reason: 'BadRequest',
        message,
      })
  })
})

describe('deletecollection', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    for (const [name, app] of [
      ['a', 'x'],
      ['b', 'x'],
      ['c', 'y'],
    ] as const)
      await api.admin('POST', configMaps, configMap(name, { labels: { app } }))
  })
  after(() => api.stop())

  const names = (list: Loose): string[] => list.items.map(({ metadata }: Loose) => metadata.name)

  it('deletes nothing with dryRun', async () => {
    assert.deepEqual(names((await api.admin('DELETE', `${configMaps}?dryRun=All`)).body), ['a', 'b', 'c'])
    assert.deepEqual(names((await api.admin('GET', configMaps)).body), ['a', 'b', 'c'])
  })

  it('deletes no more than limit, and answers how to go on', async () => {
    const limited = await api.admin('DELETE', `${configMaps}?limit=2&dryRun=All`)
    assert.deepEqual([names(limited.body), limited.body.metadata.remainingItemCount], [['a', 'b'], 1])
  })

  it('deletes what a selector selects, and answers the list of it', async () => {
    const { code, body } = await api.admin('DELETE', `${configMaps}?labelSelector=app%3Dx`)
    assert.equal(code, 200)
    assert.deepEqual([body.kind, names(body)], ['ConfigMapList', ['a', 'b']])
    assert.deepEqual(names((await api.admin('GET', configMaps)).body), ['c'])
  })
})
