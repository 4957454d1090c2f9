import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { WebSocket } from 'ws'
import {
  assertRefused,
  configMap,
  configMaps,
  HandClock,
  type Loose,
  startTestServer,
  type TestServer,
  type Watching,
} from '#apiserver/testing.ts'

describe('watch', () => {
  let api: TestServer
  let revision: string
  const open: Watching[] = []
  const clock = new HandClock()
  before(async () => {
    api = await startTestServer({ clock })
  })
  beforeEach(async () => {
    await api.admin('DELETE', configMaps)
    revision = (await api.admin('GET', configMaps)).body.metadata.resourceVersion
  })
  afterEach(() => {
    for (const each of open.splice(0)) each.close()
  })
  after(() => api.stop())

  const watch = async (query: string): Promise<Watching> => {
    const watching = await api.watch(`${configMaps}?watch=1&${query}`)
    open.push(watching)
    return watching
  }
  const make = async (name: string, metadata: object = {}): Promise<Loose> =>
    (await api.admin('POST', configMaps, configMap(name, metadata))).body
  const seen = async (watching: Watching, count: number): Promise<string[]> => {
    const events: string[] = []
    while (events.length < count) {
      const event = await watching.next()
      events.push(event ? `${event.type} ${event.object.metadata?.name ?? ''}`.trim() : 'end')
    }
    return events
  }

  it('tells every change after a resourceVersion once, in order, as it is stored', async () => {
    const watching = await watch(`resourceVersion=${revision}`)
    const made = await make('a')
    const changed = (await api.admin('PATCH', `${configMaps}/a`, { data: { x: 'y' } })).body
    await make('b')
    await api.admin('DELETE', `${configMaps}/a`)
    assert.deepEqual(await watching.next(), { type: 'ADDED', object: made })
    assert.deepEqual(await watching.next(), { type: 'MODIFIED', object: changed })
    assert.deepEqual(await seen(watching, 1), ['ADDED b'])
    const deleted = (await watching.next())!
    assert.equal(deleted.type, 'DELETED')
    assert.ok(Number(deleted.object.metadata.resourceVersion) > Number(changed.metadata.resourceVersion))
    assert.deepEqual(deleted.object.data, changed.data)
  })

  it('also tells those that happened before it began', async () => {
    await make('a')
    await api.admin('DELETE', `${configMaps}/a`)
    assert.deepEqual(await seen(await watch(`resourceVersion=${revision}`), 2), ['ADDED a', 'DELETED a'])
  })

  it('begins with what there is when no resourceVersion, or 0, is given', async () => {
    await make('a')
    for (const query of ['', 'resourceVersion=0']) {
      const watching = await watch(query)
      assert.deepEqual(await seen(watching, 1), ['ADDED a'])
    }
  })

  it('tells of other namespaces only those who watch them all', async () => {
    const all = await api.watch(`/api/v1/configmaps?watch=1&resourceVersion=${revision}`)
    open.push(all)
    const one = await watch(`resourceVersion=${revision}`)
    await api.admin('POST', '/api/v1/namespaces/kube-system/configmaps', configMap('elsewhere'))
    await make('here')
    assert.deepEqual(await seen(all, 2), ['ADDED elsewhere', 'ADDED here'])
    assert.deepEqual(await seen(one, 1), ['ADDED here'])
    await api.admin('DELETE', '/api/v1/namespaces/kube-system/configmaps/elsewhere')
  })

  it('says ADDED of what begins to fit a selector, and DELETED of what ceases to', async () => {
    const watching = await watch(`labelSelector=on&resourceVersion=${revision}`)
    await make('a')
    await api.admin('PATCH', `${configMaps}/a`, { metadata: { labels: { on: '' } } })
    await api.admin('PATCH', `${configMaps}/a`, { data: { x: 'y' } })
    await api.admin('PATCH', `${configMaps}/a`, { metadata: { labels: { on: null } } })
    await make('b', { labels: { on: '' } })
    assert.deepEqual(await seen(watching, 4), ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b'])
  })

  it('follows one object by a field selector, or by the older path', async () => {
    const selected = await watch(`fieldSelector=metadata.name%3Db&resourceVersion=${revision}`)
    const older = await api.watch(`/api/v1/watch/namespaces/default/configmaps/b?resourceVersion=${revision}`)
    open.push(older)
    await make('a')
    await make('b')
    assert.deepEqual([await seen(selected, 1), await seen(older, 1)], [['ADDED b'], ['ADDED b']])
  })

  it('sends a bookmark about once a minute to those who want them', async () => {
    const watching = await watch(`allowWatchBookmarks=true&resourceVersion=${revision}`)
    await make('a')
    assert.deepEqual(await seen(watching, 1), ['ADDED a'])
    const { resourceVersion } = (
      await api.admin('POST', '/api/v1/namespaces/kube-system/secrets', { metadata: { generateName: 's-' } })
    ).body.metadata
    await api.admin('GET', `${configMaps}?resourceVersion=${resourceVersion}`)
    clock.pass(60_000)
    const { type, object } = (await watching.next())!
    assert.deepEqual(
      [type, object.kind, Number(object.metadata.resourceVersion) >= Number(resourceVersion)],
      ['BOOKMARK', 'ConfigMap', true],
    )
    assert.deepEqual(Object.keys(object.metadata), ['resourceVersion'])
  })

  it('marks the end of the initial events of a streaming list', async () => {
    await make('a')
    await make('b')
    const watching = await watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true')
    assert.deepEqual(await seen(watching, 2), ['ADDED a', 'ADDED b'])
    const { type, object } = (await watching.next())!
    assert.deepEqual([type, object.metadata.annotations], ['BOOKMARK', { 'k8s.io/initial-events-end': 'true' }])
    await make('c')
    assert.deepEqual(await seen(watching, 1), ['ADDED c'])
  })

  it('begins now, without what there is, for who asks for no initial events', async () => {
    await make('a')
    for (const version of ['', '&resourceVersion=0']) {
      const watching = await watch(`sendInitialEvents=false&resourceVersionMatch=NotOlderThan${version}`)
      await api.admin('PATCH', `${configMaps}/a`, { data: { version } })
      assert.deepEqual(await seen(watching, 1), ['MODIFIED a'])
    }
  })

  it('sleeps until a resourceVersion to come, but says at once that it cannot show what there is then', async () => {
    const later = await watch(`resourceVersion=${Number(revision) + 1}`)
    await make('a')
    await make('b')
    assert.deepEqual(await seen(later, 1), ['ADDED b'])
    const initial = await watch('resourceVersion=99999999&sendInitialEvents=true&resourceVersionMatch=NotOlderThan')
    const told = initial.next()
    await new Promise(setImmediate)
    clock.pass(3000)
    const { type, object } = (await told)!
    assert.deepEqual([type, object.code, object.reason], ['ERROR', 504, 'Timeout'])
    assert.match(object.message, /^Timeout: Too large resource version: 99999999, current: \d+$/)
  })

  it('ends after timeoutSeconds, with a last bookmark for those who want one', async () => {
    const plain = await watch(`timeoutSeconds=5&resourceVersion=${revision}`)
    const marked = await watch(`timeoutSeconds=5&allowWatchBookmarks=1&resourceVersion=${revision}`)
    clock.pass(5000)
    assert.deepEqual(await seen(plain, 1), ['end'])
    assert.deepEqual(await seen(marked, 2), ['BOOKMARK', 'end'])
  })

  it('answers 410 inside the stream when the past does not reach back', async () => {
    const key = '/registry/configmaps/default/busy'
    const value = Buffer.from(JSON.stringify(configMap('busy', { namespace: 'default' })))
    let expected = 0
    for (let n = 0; n <= 10_001; n++) {
      const outcome = await api.storage.write({ key, value, expected })
      if (outcome.written) expected = outcome.revision
    }
    const { code, next } = await watch(`resourceVersion=${revision}`)
    assert.equal(code, 200)
    const { type, object } = (await next())!
    assert.deepEqual([type, object.kind, object.code, object.reason], ['ERROR', 'Status', 410, 'Expired'])
    assert.match(object.message, new RegExp(`^too old resource version: ${revision} \\(\\d+\\)$`))
    assert.equal(await next(), undefined)
  })

  it('tells many watchers the same, whatever their pace', async () => {
    const watchers = await Promise.all(Array.from({ length: 10 }, () => watch(`resourceVersion=${revision}`)))
    await Promise.all(Array.from({ length: 20 }, (_, n) => make(`m${n}`)))
    const told = await Promise.all(watchers.map(each => seen(each, 20)))
    for (const each of told) assert.deepEqual(each, told[0])
  })

  it('refuses options that contradict themselves', async () => {
    const refused = async (query: string, message: string): Promise<void> =>
      assertRefused(await api.admin('GET', `${configMaps}?watch=1&${query}`), {
        code: 422,
        reason: 'Invalid',
        message: `ListOptions.meta.k8s.io "" is invalid: ${message}`,
      })
    await refused(
      'sendInitialEvents=true',
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    )
    await refused(
      'resourceVersion=1&resourceVersionMatch=NotOlderThan',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    )
  })

  it('refuses YAML, which has no stream', async () => {
    const reply = await api.admin('GET', `${configMaps}?watch=1`, undefined, { accept: 'application/yaml' })
    assert.equal(reply.code, 406)
    assert.match(reply.text, /only the following media types are accepted: application\/json;stream=watch/)
  })

  it('works over HTTP/2 too', async () => {
    const session = api.http2()
    const stream = session.request({ ':path': `${configMaps}?watch=1&resourceVersion=${revision}` })
    await once(stream, 'response')
    const [, [chunk]] = await Promise.all([make('two'), once(stream, 'data')])
    assert.equal(JSON.parse(chunk).object.metadata.name, 'two')
    session.destroy()
  })

  describe('over a WebSocket', () => {
    const messages = (
      query: string,
      accept: string,
    ): Promise<{ next(): Promise<Buffer>; closed: Promise<unknown>; text: boolean[] }> =>
      new Promise((resolve, reject) => {
        const { host, port, ...tls } = api.tls
        const ws = new WebSocket(`wss://${host}:${port}${configMaps}?watch=1&${query}`, { ...tls, headers: { accept } })
        const text: boolean[] = []
        ws.on('message', (_, binary) => text.push(!binary))
        const told = on(ws, 'message')
        const closed = once(ws, 'close')
        ws.once('error', reject)
        ws.once('open', () => resolve({ next: async () => (await told.next()).value![0], closed, text }))
      })

    it('tells each event in a message of its own: text for JSON, binary for protobuf', async () => {
      const json = await messages(`resourceVersion=${revision}&timeoutSeconds=9`, 'application/json')
      const packed = await messages(`resourceVersion=${revision}&timeoutSeconds=9`, 'application/vnd.kubernetes.protobuf')
      await make('a')
      await make('b')
      for (const name of ['a', 'b']) {
        const { type, object } = JSON.parse((await json.next()).toString())
        assert.deepEqual([type, object.metadata.name], ['ADDED', name])
        const message = await packed.next()
        assert.equal(message.subarray(2, 7).toString(), 'ADDED')
        assert.ok(message.includes(`k8s\0`))
      }
      assert.deepEqual(
        [json.text, packed.text],
        [
          [true, true],
          [false, false],
        ],
      )
      clock.pass(9000)
      await Promise.all([json.closed, packed.closed])
    })

    it('refuses as over HTTP, before the connection changes hands', async () => {
      await assert.rejects(messages('fieldSelector=x%3Dy', 'application/json'), /Unexpected server response: 400/)
    })
  })

  it('ends when the server stops', async () => {
    const other = await startTestServer()
    const watching = await other.watch('/api/v1/configmaps?watch=1')
    await other.stop()
    await assert.rejects(async () => assert.equal(await watching.next(), undefined) ?? Promise.reject(new Error('ended')))
  })
})
