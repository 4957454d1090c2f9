import assert from 'node:assert/strict'
import {
  configMap,
  configMaps,
  HandClock,
  type Loose,
  pod,
  type Reply,
  startTestServer,
  type TestServer,
} from '#apiserver/testing.ts'
import { Hindered } from '#storage/storage.ts'
import { checkEntries } from './field-owners.ts'

describe('metadata.managedFields', () => {
  let api: TestServer
  const clock = new HandClock()
  const url = `${configMaps}/a`
  before(async () => {
    api = await startTestServer({ clock })
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  })
  beforeEach(async () => {
    await api.admin('DELETE', url)
    await api.admin('POST', `${configMaps}?fieldManager=maker`, configMap('a'))
  })
  after(() => api.stop())

  const patch = (body: unknown, manager = 'patcher', type = 'merge-patch'): Promise<Reply> =>
    api.admin('PATCH', `${url}?fieldManager=${manager}`, body, { 'content-type': `application/${type}+json` })
  const managersOf = ({ body }: Reply): string[] => (body.metadata.managedFields ?? []).map((each: Loose) => each.manager)
  const fieldsOf = ({ body }: Reply, manager: string): Loose =>
    body.metadata.managedFields.find((each: Loose) => each.manager === manager)?.fieldsV1

  it('has an entry for who made the object: as the query says, or else the first word of the User-Agent, without what cannot be printed', async () => {
    assert.deepEqual((await api.admin('GET', url)).body.metadata.managedFields, [
      {
        manager: 'maker',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:key': {} } },
      },
    ])
    for (const [agent, manager] of [
      ['kubectl/v1.36.0 (linux)', 'kubectl'],
      ['a\tb', 'ab'],
      ['x'.repeat(200), 'x'.repeat(128)],
      ['', 'unknown'],
    ] as const) {
      const made = await api.admin('POST', `${configMaps}?dryRun=All`, configMap('b'), { 'user-agent': agent })
      assert.deepEqual(managersOf(made), [manager])
    }
  })

  it('gives what a patch or an update changes to who changed it, and what goes to nobody', async () => {
    const patched = await patch({ data: { key: 'other', more: '1' } })
    assert.deepEqual(fieldsOf(patched, 'patcher'), { 'f:data': { 'f:key': {}, 'f:more': {} } })
    assert.deepEqual(fieldsOf(patched, 'maker'), { 'f:data': {} })
    clock.pass(60_000)
    const { body } = patched
    delete body.data.more
    const updated = await api.admin('PUT', `${url}?fieldManager=updater`, body)
    assert.deepEqual(fieldsOf(updated, 'patcher'), { 'f:data': { 'f:key': {} } })
    assert.deepEqual(managersOf(updated), ['maker', 'patcher'])
    const again = await patch({ data: { key: 'again' } })
    assert.deepEqual(
      again.body.metadata.managedFields.map(({ time }: Loose) => time),
      ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'],
    )
  })

  it('does not change where nothing does', async () => {
    const before = await api.admin('GET', url)
    clock.pass(60_000)
    const same = await api.admin('PUT', `${url}?fieldManager=updater`, before.body)
    assert.deepEqual(same.body, before.body)
  })

  it('says what defaults filled in, but not what admission and preparation did', async () => {
    const { body } = await api.admin('POST', '/api/v1/namespaces/default/pods?fieldManager=maker', pod('p'))
    await api.admin('DELETE', '/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0')
    assert.ok(body.spec.tolerations.length > 0 && body.status.qosClass)
    const container = { '.': {}, 'f:image': {}, 'f:imagePullPolicy': {}, 'f:name': {}, 'f:resources': {} }
    assert.deepEqual(body.metadata.managedFields[0].fieldsV1, {
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"main"}': { ...container, 'f:terminationMessagePath': {}, 'f:terminationMessagePolicy': {} },
        },
        'f:dnsPolicy': {},
        'f:enableServiceLinks': {},
        'f:restartPolicy': {},
        'f:schedulerName': {},
        'f:securityContext': {},
        'f:serviceAccount': {},
        'f:serviceAccountName': {},
        'f:terminationGracePeriodSeconds': {},
      },
    })
  })

  it('keeps the status door apart, which owns no spec', async () => {
    const pods = '/api/v1/namespaces/default/pods'
    await api.admin('POST', `${pods}?fieldManager=maker`, pod('s'))
    const change = { status: { phase: 'Running' }, spec: { activeDeadlineSeconds: 5 } }
    const { body } = await api.admin('PATCH', `${pods}/s/status?fieldManager=kubelet`, change)
    await api.admin('DELETE', `${pods}/s?gracePeriodSeconds=0`)
    const entry = body.metadata.managedFields.find((each: Loose) => each.manager === 'kubelet')
    assert.deepEqual([entry.subresource, entry.fieldsV1], ['status', { 'f:status': { 'f:phase': {} } }])
  })

  it('is not of what a door takes back', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments'
    const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image: 'x' }] } }
    const spec = { selector: { matchLabels: { app: 'd' } }, template }
    await api.admin('POST', `${deployments}?fieldManager=maker`, {
      metadata: { name: 'd', labels: { a: '1' } },
      spec,
      status: { replicas: 3 },
    })
    const change = { metadata: { labels: { a: '2' } }, spec: { replicas: 5 }, status: { replicas: 2 } }
    const { body } = await api.admin('PATCH', `${deployments}/d/status?fieldManager=controller`, change)
    assert.deepEqual([body.metadata.labels, body.spec.replicas, body.status.replicas], [{ a: '1' }, 1, 2])
    const [controller, maker] = body.metadata.managedFields
    assert.deepEqual([maker.fieldsV1['f:status'], controller.fieldsV1], [undefined, { 'f:status': { 'f:replicas': {} } }])
  })

  it('joins the oldest of more than ten who update', async () => {
    for (let i = 0; i < 12; i++) {
      clock.pass(1000)
      await patch({ data: { [`key${i}`]: '1' } }, `m${i}`)
    }
    const reply = await api.admin('GET', url)
    assert.deepEqual(managersOf(reply), ['ancient-changes', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11'])
    assert.deepEqual(Object.keys(fieldsOf(reply, 'ancient-changes')['f:data']), ['.', 'f:key', 'f:key0', 'f:key1', 'f:key2'])
  })

  it('has an owner reference once, though it was sent twice', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' }
    const { body, headers } = await api.admin('PUT', url, configMap('a', { ownerReferences: [owner, { ...owner }] }))
    assert.deepEqual(body.metadata.ownerReferences, [owner])
    assert.match(String(headers.warning), /ownerReferences contains duplicate entries; API server dedups .* observed: u"$/)
    assert.deepEqual(body.metadata.managedFields.at(-1).fieldsV1, {
      'f:metadata': { 'f:ownerReferences': { '.': {}, 'k:{"uid":"u"}': {} } },
    })
  })

  it('is let go where the storage finds the object too large with it; an apply is refused', async () => {
    const { write } = api.storage
    const limit = 2000
    api.storage.write = change =>
      (change.value?.length ?? 0) > limit
        ? Promise.reject(new Hindered('too large', 'etcdserver: request is too large'))
        : write.call(api.storage, change)
    try {
      const data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, '']))
      const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data }
      const yaml = { 'content-type': 'application/apply-patch+yaml' }
      assert.equal((await api.admin('PATCH', `${url}?fieldManager=me`, config, yaml)).code, 413)
      const { code, body } = await patch({ data })
      assert.deepEqual([code, Object.keys(body.data).length, body.metadata.managedFields], [200, 101, undefined])
    } finally {
      api.storage.write = write
    }
  })

  describe('as a client sends it', () => {
    it('is thrown away by an empty list or an empty entry, and then nobody owns anything until somebody applies', async () => {
      for (const managedFields of [[], [{}]]) {
        await api.admin('DELETE', url)
        await api.admin('POST', configMaps, configMap('a'))
        assert.deepEqual(managersOf(await patch({ metadata: { managedFields } })), [])
        assert.deepEqual(managersOf(await patch({ data: { new: '1' } })), [])
        const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { mine: '1' } }
        const applied = await api.admin('PATCH', `${url}?fieldManager=me`, config, {
          'content-type': 'application/apply-patch+yaml',
        })
        assert.deepEqual(managersOf(applied), ['me', 'before-first-apply'])
        assert.deepEqual(fieldsOf(applied, 'before-first-apply'), { 'f:data': { '.': {}, 'f:key': {}, 'f:new': {} } })
      }
    })

    it('stays as it was where the client sends none, or what cannot be read', async () => {
      const { metadata } = (await api.admin('GET', url)).body
      for (const managedFields of [
        null,
        [{ manager: 'x', operation: 'Steal' }],
        [{ ...metadata.managedFields[0], fieldsV1: { x: {} } }],
        [{ ...metadata.managedFields[0], fieldsV1: { 'k:{': {} } }],
      ]) {
        const reply = await patch({ metadata: { managedFields } })
        assert.deepEqual([reply.code, reply.body.metadata], [200, metadata])
      }
      const put = await api.admin('PUT', url, configMap('a'))
      assert.deepEqual(put.body.metadata.managedFields, metadata.managedFields)
    })

    it('may be changed, also by JSON patch, and comes back in the form we write', async () => {
      const path = '/metadata/managedFields/0'
      const renamed = await patch([{ op: 'replace', path: `${path}/manager`, value: 'renamed' }], 'x', 'json-patch')
      assert.deepEqual(managersOf(renamed), ['renamed'])
      const fields = { 'f:b': {}, 'f:a': { '.': {} } }
      const sorted = await patch([{ op: 'replace', path: `${path}/fieldsV1`, value: fields }], 'x', 'json-patch')
      assert.equal(JSON.stringify(fieldsOf(sorted, 'renamed')), '{"f:a":{},"f:b":{}}')
      const { code, body } = await patch([{ op: 'replace', path: `${path}/manager`, value: 'a\u0007' }], 'x', 'json-patch')
      assert.equal(code, 422)
      assert.match(
        body.message,
        /metadata\.managedFields\[0\]\.manager: Invalid value: "a\\a": invalid character U\+0007 \(at position 1\)$/,
      )
    })

    it('is none of the status door’s', async () => {
      const pods = '/api/v1/namespaces/default/pods'
      const { body } = await api.admin('POST', pods, pod('t'))
      const reply = await api.admin('PATCH', `${pods}/t/status`, { metadata: { managedFields: [{}] } })
      await api.admin('DELETE', `${pods}/t?gracePeriodSeconds=0`)
      assert.deepEqual(reply.body.metadata.managedFields, body.metadata.managedFields)
    })
  })

  it('names the version that was written in, where a kind has several', async () => {
    const path = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers'
    const spec = {
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 50,
      scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
    }
    const config = (version: string, more: object): object => ({
      apiVersion: version,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h' },
      spec: more,
    })
    const yaml = { 'content-type': 'application/apply-patch+yaml' }
    const made = await api.admin('PATCH', `${path}/h?fieldManager=one`, config('autoscaling/v1', spec), yaml)
    assert.equal(made.code, 201)
    assert.equal(made.body.metadata.managedFields[0].apiVersion, 'autoscaling/v1')
    const two = config('autoscaling/v2', { ...spec, targetCPUUtilizationPercentage: undefined, maxReplicas: 4 })
    const conflict = await api.admin('PATCH', `${path.replace('v1', 'v2')}/h?fieldManager=two`, two, yaml)
    assert.equal(conflict.body.message, 'Apply failed with 1 conflict: conflict with "one": .spec.maxReplicas')
    const less = config('autoscaling/v1', { ...spec, targetCPUUtilizationPercentage: undefined })
    const { body } = await api.admin('PATCH', `${path}/h?fieldManager=one`, less, yaml)
    assert.equal(body.spec.targetCPUUtilizationPercentage, 80, 'the default')
  })
})

describe('entries after admission', () => {
  const noted = [{ manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } }]
  const checked = (managedFields: Loose): readonly [Loose, string[]] => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', ...(managedFields && { managedFields }) } }
    const warnings: string[] = []
    checkEntries(object, noted, message => warnings.push(message))
    return [object.metadata.managedFields, warnings]
  }

  it('stay as admission leaves them, in the form we write', () => {
    assert.deepEqual(checked(noted), [noted, []])
    assert.deepEqual(checked([{ ...noted[0], fieldsV1: { 'f:data': { '.': {} } } }]), [noted, []])
    assert.deepEqual(checked(undefined), [undefined, []])
  })

  it('are what they were before, with a warning, where admission has made them unreadable', () => {
    const [entries, [warning]] = checked([{ ...noted[0], apiVersion: '' }])
    assert.equal(entries, noted)
    assert.match(
      warning!,
      /^\.metadata\.managedFields was in an invalid state after admission; .*: apiVersion must not be empty$/,
    )
  })
})
