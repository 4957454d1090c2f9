import assert from 'node:assert/strict'
import { assertRefused, type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'

const autoscalers = (version: string): string => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
const older = '/api/v1/namespaces/default/events'
const newer = '/apis/events.k8s.io/v1/namespaces/default/events'
const target = { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' }
const event = (name: string): Loose => ({
  metadata: { name },
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'example.com/test',
  reportingInstance: 'one',
  action: 'Do',
  reason: 'Done',
  type: 'Normal',
  note: 'it is done',
  regarding: { kind: 'Pod', namespace: 'default', name: 'web' },
})

describe('a kind in several versions', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(() => api.stop())

  it('is one object, seen through each', async () => {
    const spec = { scaleTargetRef: target, maxReplicas: 5, targetCPUUtilizationPercentage: 60 }
    const made = await api.admin('POST', autoscalers('v1'), { metadata: { name: 'web' }, spec })
    assert.equal(made.code, 201)
    assert.equal(made.body.apiVersion, 'autoscaling/v1')
    assert.deepEqual(made.body.spec, { ...spec, minReplicas: 1 })
    const { body } = await api.admin('GET', `${autoscalers('v2')}/web`)
    assert.equal(body.apiVersion, 'autoscaling/v2')
    assert.deepEqual(body.spec.metrics, [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
    ])
    assert.deepEqual(
      [body.metadata.uid, body.metadata.resourceVersion],
      [made.body.metadata.uid, made.body.metadata.resourceVersion],
    )
  })

  it('keeps in annotations what an older version has no fields for, and takes it back from there', async () => {
    const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } }
    const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }
    const spec = {
      scaleTargetRef: target,
      maxReplicas: 3,
      metrics: [memory, cpu],
      behavior: { scaleDown: { selectPolicy: 'Min' } },
    }
    const made = await api.admin('POST', autoscalers('v2'), { metadata: { name: 'rich', annotations: { a: 'b' } }, spec })
    const { body } = await api.admin('GET', `${autoscalers('v1')}/rich`)
    assert.equal(body.spec.targetCPUUtilizationPercentage, 50)
    assert.deepEqual(JSON.parse(body.metadata.annotations['autoscaling.alpha.kubernetes.io/metrics']), [
      { type: 'Resource', resource: { name: 'memory', targetAverageValue: '1Gi' } },
    ])
    assert.equal(body.metadata.annotations.a, 'b')
    body.spec.maxReplicas = 4
    assert.equal((await api.admin('PUT', `${autoscalers('v1')}/rich`, body)).code, 200)
    const after = await api.admin('GET', `${autoscalers('v2')}/rich`)
    assert.deepEqual(after.body.spec, { ...made.body.spec, maxReplicas: 4 })
    assert.deepEqual(after.body.metadata.annotations, { a: 'b' })
  })

  it('is patched in each version, and its status too', async () => {
    await api.admin('POST', autoscalers('v2'), {
      metadata: { name: 'patched' },
      spec: { scaleTargetRef: target, maxReplicas: 3 },
    })
    const merge = { 'content-type': 'application/merge-patch+json' }
    const patch = { spec: { targetCPUUtilizationPercentage: 33 } }
    const { body } = await api.admin('PATCH', `${autoscalers('v1')}/patched`, patch, merge)
    assert.equal(body.spec.targetCPUUtilizationPercentage, 33)
    const status = { status: { currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 12 } }
    assert.deepEqual((await api.admin('PATCH', `${autoscalers('v1')}/patched/status`, status, merge)).body.status, status.status)
    const { body: seen } = await api.admin('GET', `${autoscalers('v2')}/patched`)
    assert.equal(seen.spec.metrics[0].resource.target.averageUtilization, 33)
    assert.equal(seen.status.currentMetrics[0].resource.current.averageUtilization, 12)
  })

  it('is listed, watched and deleted in each', async () => {
    const watching = await api.watch(`${newer}?watch=1&fieldSelector=regarding.name%3Dwatched`)
    const other = { ...event('other'), regarding: { ...event('').regarding, name: 'other' } }
    await api.admin('POST', newer, other)
    const involvedObject = { kind: 'Pod', namespace: 'default', name: 'watched' }
    assert.equal((await api.admin('POST', older, { metadata: { name: 'seen' }, involvedObject, message: 'm' })).code, 201)
    const added = await watching.next()
    assert.deepEqual([added?.type, added?.object.apiVersion, added?.object.kind], ['ADDED', 'events.k8s.io/v1', 'Event'])
    assert.deepEqual([added?.object.note, added?.object.regarding], ['m', involvedObject])
    const { body: list } = await api.admin('GET', `${newer}?fieldSelector=regarding.name%3Dwatched`)
    assert.deepEqual([list.apiVersion, list.kind, list.items.length], ['events.k8s.io/v1', 'EventList', 1])
    assert.equal(list.items[0].note, 'm')
    assert.equal((await api.admin('DELETE', `${newer}/seen`)).code, 200)
    assert.equal((await watching.next())?.type, 'DELETED')
    watching.close()
    assert.equal((await api.admin('GET', `${older}/seen`)).code, 404)
  })

  it('is held to what the version asks of those that use it', async () => {
    assert.equal((await api.admin('POST', newer, event('good'))).code, 201)
    const { body } = await api.admin('GET', `${older}/good`)
    assert.deepEqual([body.message, body.reportingComponent, body.source], ['it is done', 'example.com/test', {}])
    assertRefused(await api.admin('POST', newer, { ...event('odd'), type: 'Odd', deprecatedCount: 3 }), {
      code: 422,
      reason: 'Invalid',
      message:
        'Event "odd" is invalid: [type: Invalid value: "": has invalid value: Odd, count: Invalid value: "": needs to be unset]',
    })
    const changed = { ...(await api.admin('GET', `${newer}/good`)).body, note: 'it is undone' }
    assertRefused(await api.admin('PUT', `${newer}/good`, changed), {
      code: 422,
      reason: 'Invalid',
      message: 'Event "good" is invalid: message: Invalid value: "it is undone": field is immutable',
    })
    const series = { count: 2, lastObservedTime: '2026-01-01T00:01:00.000000Z' }
    const merge = { 'content-type': 'application/merge-patch+json' }
    assert.deepEqual((await api.admin('PATCH', `${newer}/good`, { series }, merge)).body.series, series)
  })

  it('is one in protobuf too', async () => {
    const accept = { accept: 'application/vnd.kubernetes.protobuf' }
    for (const path of [`${newer}/good`, newer, autoscalers('v1')]) {
      const { code, headers, text } = await api.admin('GET', path, undefined, accept)
      assert.deepEqual([code, headers['content-type']], [200, accept.accept])
      assert.ok(text.startsWith('k8s\0'))
    }
  })

  it('refuses an annotation that says what cannot be', async () => {
    const annotations = {
      'autoscaling.alpha.kubernetes.io/metrics': '[{"type":"Resource","resource":{"name":7,"targetAverageUtilization":"x"}}]',
    }
    const spec = { scaleTargetRef: target, maxReplicas: 5 }
    assert.equal((await api.admin('POST', autoscalers('v1'), { metadata: { name: 'bad', annotations }, spec })).code, 400)
  })
})
