import assert from 'node:assert/strict'
import { assertRefused, configMap, configMaps, type Loose, startTestServer, type TestServer } from '#apiserver/testing.ts'

const unrecognized = (why: string) => `the object provided is unrecognized (must be of type ConfigMap): ${why}`
const noKind = (why: string) => unrecognized(`couldn't get version/kind; json parse error: ${why}`)
const unfit = (why: string) => `ConfigMap in version "v1" cannot be handled as a ConfigMap: ${why}`

describe('bodies', () => {
  let api: TestServer
  before(async () => {
    api = await startTestServer()
  })
  after(async () => {
    assert.deepEqual(
      (await api.admin('GET', configMaps)).body.items.map(({ metadata }: Loose) => metadata.name),
      ['exact', 'odd'],
    )
    await api.stop()
  })

  const post = (body: unknown, type = 'application/json') => api.admin('POST', configMaps, body, { 'content-type': type })
  const refused = async (body: unknown, message: string | RegExp, type?: string): Promise<void> =>
    assertRefused(await post(body, type), { code: 400, reason: 'BadRequest', message })

  it('that are no JSON are refused with what is wrong and how they begin', async () => {
    await refused('', noKind('unexpected end of JSON input (<empty>)'))
    await refused('{"kind":', noKind('unexpected end of JSON input ({"kind":)'))
    await refused('hello', noKind("invalid character 'h' looking for beginning of value (68656c6c6f)"))
    await refused(
      '{"metadata":{"name":"x"},}',
      noKind(`invalid character '}' looking for beginning of object key string ({"metadata":{"name":"x"},})`),
    )
    await refused(`{"a":"${'x'.repeat(50)}`, /\(\{"a":"x{24} \.\.\.\)$/)
    await refused(Buffer.from([0xff, 0xfe, 0]), /invalid character .*\(fffe00\)$/)
  })

  it('that are no objects are refused', async () => {
    const type = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
    await refused('[1]', noKind(`json: cannot unmarshal array into Go value of type ${type} (5b315d)`))
    await refused('5', noKind(`json: cannot unmarshal number into Go value of type ${type} (35)`))
    await refused('{"kind":5}', noKind('json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5})'))
    assertRefused(await post('null'), {
      code: 422,
      reason: 'Invalid',
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    })
  })

  it('of another kind or version are refused', async () => {
    const registered = 'is registered for version'
    const scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"'
    await refused(
      { kind: 'Pod', apiVersion: 'v1' },
      'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
    )
    await refused(
      { kind: 'Nonsense', apiVersion: 'v1' },
      `Nonsense in version "v1" cannot be handled as a ConfigMap: no kind "Nonsense" ${registered} "v1" ${scheme}`,
    )
    await refused(
      { kind: 'ConfigMap', apiVersion: 'x/v2' },
      `ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" ${registered} "x/v2" ${scheme}`,
    )
    await refused(
      { kind: 'ConfigMap', apiVersion: 'a/b/c' },
      unrecognized('unexpected GroupVersion string: a/b/c ({"kind":"ConfigMap","apiVersio ...)'),
    )
    const scaler = { kind: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v1' }
    const reply = await api.admin('POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', scaler)
    assertRefused(reply, {
      code: 400,
      reason: 'BadRequest',
      message: 'the API version in the data (autoscaling/v1) does not match the expected API version (autoscaling/v2)',
    })
  })

  it('with values of the wrong type are refused', async () => {
    await refused(
      configMap('x', {}, { a: 1 }),
      unfit('json: cannot unmarshal number into Go struct field ConfigMap.data of type string'),
    )
    await refused(
      { metadata: 'x' },
      unfit('json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta'),
    )
    await refused(
      { metadata: { name: 5 } },
      unfit('json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string'),
    )
    await refused(
      { metadata: { name: 'x', labels: [] } },
      unfit('json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string'),
    )
    await refused(
      { metadata: { name: 'x', creationTimestamp: 'soon' } },
      /^ConfigMap in version "v1" cannot be handled as a ConfigMap: parsing time "soon" as/,
    )
    await refused({ metadata: { name: 'x' }, binaryData: { a: '!' } }, unfit('illegal base64 data at input byte 0'))
    await refused(
      { metadata: { name: 'x', generation: 1e30 } },
      /cannot unmarshal number 1e\+30 into Go struct field ObjectMeta\.metadata\.generation of type int64/,
    )
  })

  it('of broken YAML are refused', async () => {
    await refused(
      'a: [',
      /^the object provided is unrecognized \(must be of type ConfigMap\): yaml: line 1: .* \(613a205b\)$/,
      'application/yaml',
    )
    await refused('a: b\n\tc: d', /yaml: line 2/, 'application/yaml')
    await refused('&a [*a, *b]', /yaml: /, 'application/yaml')
  })

  it('that are nested too deeply are refused', async () => {
    await refused(`{"metadata":${'['.repeat(100_000)}`, /exceeded max depth/)
    await refused(`{"metadata":${'{"a":'.repeat(100_000)}`, /exceeded max depth/)
    await refused(`${'['.repeat(100_000)}`, /./, 'application/yaml')
  })

  it('in a format that is none are refused', async () => {
    const message =
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf'
    for (const type of ['text/plain', 'application/xml', 'x', 'application/x-www-form-urlencoded', '*/*', 'constructor'])
      assertRefused(await post('{}', type), { code: 415, reason: 'UnsupportedMediaType', message })
  })

  it('do not reach the prototype of anything', async () => {
    const { code, body, headers } = await post(
      '{"metadata":{"name":"odd","__proto__":{"x":1},"labels":{"constructor":"c"}},"__proto__":{"data":{"a":"b"}},"data":{"__proto__":"kept","toString":"too"}}',
    )
    assert.equal(code, 201)
    assert.match(String(headers.warning), /unknown field \\"metadata\.__proto__\\".*unknown field \\"__proto__\\"/)
    assert.deepEqual(Object.entries(body.data), [
      ['__proto__', 'kept'],
      ['toString', 'too'],
    ])
    assert.equal(({} as Loose).x, undefined)
    assert.deepEqual(Object.entries((await api.admin('GET', `${configMaps}/odd`)).body.data), [
      ['__proto__', 'kept'],
      ['toString', 'too'],
    ])
  })

  it('keep numbers that no double can hold', async () => {
    const path = '/api/v1/namespaces/default/pods'
    await api.admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
    const pod = `{"metadata":{"name":"big"},"spec":{"activeDeadlineSeconds":1,"terminationGracePeriodSeconds":9007199254740993,"containers":[{"name":"c","image":"i"}]}}`
    const { code, text } = await api.admin('POST', path, pod)
    // A rule looks at this one, and can't.
    assert.equal(code, 422)
    assert.match(
      text,
      /spec\.terminationGracePeriodSeconds: Invalid value: 9007199254740993: must be less than or equal to 9007199254740991/,
    )
    const kept = pod
      .replace(',"terminationGracePeriodSeconds":9007199254740993', '')
      .replace(
        '"spec":{',
        '"spec":{"tolerations":[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":9223372036854775807}],',
      )
    assert.equal((await api.admin('POST', path, kept)).code, 201)
    const patched = await api.admin('PATCH', `${path}/big`, { metadata: { labels: { a: 'b' } } })
    assert.match(patched.text, /"tolerationSeconds":9223372036854775807[,}]/)
    assert.match((await api.admin('GET', `${path}/big`)).text, /"tolerationSeconds":9223372036854775807[,}]/)
    assert.equal((await api.admin('DELETE', `${path}/big`, '{"gracePeriodSeconds":9223372036854775807}')).code, 200)
  })

  it('are refused past 3 MiB, and taken up to there', async () => {
    const large = (bytes: number): string => JSON.stringify(configMap('exact', {}, { big: '' })).padEnd(bytes, ' ')
    const reply = await post(large(3 * 1024 * 1024 + 1))
    assertRefused(reply, { code: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' })
    assert.equal((await post(large(3 * 1024 * 1024))).code, 201)
  })

  it('are refused with what their kind has to say', async () => {
    const reply = await post(configMap('Bad_Name', { labels: { '!': 'x' } }, { 'a/b': 'x' }))
    assert.equal(reply.code, 422)
    const { name, kind, causes } = reply.body.details
    assert.deepEqual([name, kind], ['Bad_Name', 'ConfigMap'])
    assert.deepEqual(
      causes.map(({ field, reason }: Loose) => [field, reason]),
      [
        ['metadata.name', 'FieldValueInvalid'],
        ['metadata.labels', 'FieldValueInvalid'],
        ['data[a/b]', 'FieldValueInvalid'],
      ],
    )
  })
})
