import assert from 'node:assert/strict'
import {
  assertRefused,
  configMap,
  configMaps,
  HandClock,
  type Loose,
  type Reply,
  startTestServer,
  type TestServer,
} from '#apiserver/testing.ts'

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const partialList = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'

const withoutAge = ({ rows, ...rest }: Loose): object => ({
  ...rest,
  rows: rows.map(({ cells, ...row }: Loose) => ({ ...row, cells: cells.slice(0, -1) })),
})

describe('other shapes of objects', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
    await api.admin('POST', configMaps, configMap('a', { labels: { x: 'y' } }, { one: '1', two: '2' }))
    await api.admin('POST', configMaps, configMap('b'))
  })
  after(() => api.stop())

  const get = (path: string, accept: string): Promise<Reply> => api.admin('GET', path, undefined, { accept })

  it('are a table of a list, with the metadata of each object', async () => {
    const { body } = await get(configMaps, table)
    assert.deepEqual([body.kind, body.apiVersion], ['Table', 'meta.k8s.io/v1'])
    assert.deepEqual(
      body.columnDefinitions.map(({ name }: Loose) => name),
      ['Name', 'Data', 'Age'],
    )
    assert.deepEqual(
      body.rows.map(({ cells }: Loose) => cells.slice(0, 2)),
      [
        ['a', 2],
        ['b', 1],
      ],
    )
    const { kind, apiVersion, metadata, data } = body.rows[0].object
    assert.deepEqual(
      [kind, apiVersion, metadata.labels, data],
      ['PartialObjectMetadata', 'meta.k8s.io/v1', { x: 'y' }, undefined],
    )
  })

  it('are a table of one object, carrying as much of it as was asked for', async () => {
    assert.deepEqual((await get(`${configMaps}/a?includeObject=Object`, table)).body.rows[0].object.data, { one: '1', two: '2' })
    assert.equal((await get(`${configMaps}/a?includeObject=None`, table)).body.rows[0].object, undefined)
    assertRefused(await get(`${configMaps}/a?includeObject=Some`, table), {
      code: 400,
      reason: 'BadRequest',
      message: /includeObject/,
    })
  })

  it('are pages of a table', async () => {
    const { body } = await get(`${configMaps}?limit=1`, table)
    assert.equal(body.rows.length, 1)
    assert.ok(body.metadata.continue)
  })

  it('are metadata alone', async () => {
    const one = (await get(`${configMaps}/a`, partial)).body
    assert.deepEqual([one.kind, one.metadata.name, one.data], ['PartialObjectMetadata', 'a', undefined])
    const { kind, items } = (await get(configMaps, partialList)).body
    assert.deepEqual(
      [kind, items.length, items[0].kind, items[0].data],
      ['PartialObjectMetadataList', 2, 'PartialObjectMetadata', undefined],
    )
  })

  it('are watched as well; the columns of a table are told once', async () => {
    const { resourceVersion } = (await get(`${configMaps}/a`, 'application/json')).body.metadata
    const events = async (accept: string): Promise<Loose[]> => {
      const watching = await api.watch(
        `${configMaps}?watch=1&allowWatchBookmarks=1&resourceVersion=${Number(resourceVersion) - 1}`,
        { accept },
      )
      const seen = [await watching.next(), await watching.next()]
      watching.close()
      return seen
    }
    const tables = await events(table)
    assert.deepEqual(
      tables.map(({ type, object }) => [type, object.kind, object.rows[0].cells[0]]),
      [
        ['ADDED', 'Table', 'a'],
        ['ADDED', 'Table', 'b'],
      ],
    )
    assert.deepEqual(
      tables.map(({ object }) => object.columnDefinitions?.length),
      [3, undefined],
    )
    const partials = await events(partial)
    assert.deepEqual(
      partials.map(({ object }) => [object.kind, object.data]),
      [
        ['PartialObjectMetadata', undefined],
        ['PartialObjectMetadata', undefined],
      ],
    )
  })

  it('hold what the object holds, whatever stands in its metadata', async () => {
    const path = '/api/v1/namespaces/kube-system/configmaps'
    const strange = { brace: '}{', quote: '"}\\', backslashes: '\\\\', text: '{"a":"\\"}"}', umlaut: 'ä€😀' }
    await api.admin('POST', path, configMap('strange', { annotations: strange }))
    const whole = (await get(`${path}/strange`, 'application/json')).body
    assert.deepEqual(whole.metadata.annotations, strange)
    const of = async (query: string, accept: string): Promise<Loose> => (await get(`${path}${query}`, accept)).body
    const rowOf = ({ rows }: Loose): Loose => rows.find(({ cells }: Loose) => cells[0] === 'strange').object
    // Asked twice: made and kept.
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(rowOf(await of('', table)).metadata, whole.metadata)
      assert.deepEqual(rowOf(await of('?includeObject=Object', table)), whole)
      const { items } = await of('', partialList)
      assert.deepEqual(items.find(({ metadata }: Loose) => metadata.name === 'strange').metadata, whole.metadata)
    }
  })

  it('are the same table where it is indented, or YAML', async () => {
    const json = await get(configMaps, table)
    const indented = await get(`${configMaps}?pretty=1`, table)
    assert.ok(indented.text.includes('\n'))
    assert.deepEqual(withoutAge(indented.body), withoutAge(json.body))
    const { text } = await get(configMaps, 'application/yaml;as=Table;v=v1;g=meta.k8s.io')
    assert.match(text, /^kind: Table$/m)
    assert.match(text, /^- cells:\n {2}- a\n {2}- 2\n/m)
  })

  it('are a table without rows, and lists without items', async () => {
    const empty = '/api/v1/namespaces/kube-public/secrets'
    assert.deepEqual((await get(empty, table)).body.rows, [])
    assert.deepEqual((await get(empty, partialList)).body.items, [])
  })

  it('show the age that an object has now, in a list and in a watch that began before', async () => {
    const clock = new HandClock()
    const own = await startTestServer({ clock })
    const ages = async (): Promise<unknown[]> =>
      (await own.admin('GET', configMaps, undefined, { accept: table })).body.rows.map(({ cells }: Loose) => cells.at(-1))
    await own.admin('POST', configMaps, configMap('old'))
    assert.deepEqual(await ages(), ['0s'])
    const watching = await own.watch(`${configMaps}?watch=1`, { accept: table, 'user-agent': 'curl/8' })
    assert.equal((await watching.next())!.object.rows[0].cells.at(-1), '0s')
    clock.pass(90_000)
    assert.deepEqual(await ages(), ['90s'])
    await own.admin('POST', configMaps, configMap('new'))
    assert.equal((await watching.next())!.object.rows[0].cells.at(-1), '0s')
    await own.admin('DELETE', `${configMaps}/old`)
    assert.equal((await watching.next())!.object.rows[0].cells.at(-1), '90s')
    watching.close()
    await own.stop()
  })

  it('are YAML', async () => {
    const { headers, text } = await get(`${configMaps}/a`, 'application/yaml')
    assert.equal(headers['content-type'], 'application/yaml')
    assert.match(text, /^data:\n {2}one: "1"\n/m)
  })

  it('are refused when nobody can make them', async () => {
    const reply = await get(configMaps, 'text/xml, application/json;as=Nothing;v=v1;g=meta.k8s.io')
    assertRefused(reply, {
      code: 406,
      reason: 'NotAcceptable',
      message:
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    })
  })
})
