import { deepEqual, equal } from 'node:assert/strict'
import { applyDefaults } from './defaults.ts'
import { conform, prune, strictError } from './fields.ts'
import { decode } from './json.ts'
import type { Schema } from './schema.ts'

const fields = (properties: Record<string, Schema>): Record<string, Schema> => Object.assign(Object.create(null), properties)
const text: Schema = { type: 'string' }
const container: Schema = {
  type: 'object',
  goType: 'v1.Container',
  properties: fields({
    name: text,
    args: { type: 'array', items: text },
    tty: { type: 'boolean', default: false },
    limits: { type: 'object', additionalProperties: { type: 'string', format: 'quantity', goType: 'resource.Quantity' } },
  }),
}
const spec: Schema = {
  type: 'object',
  goType: 'v1.DeploymentSpec',
  properties: fields({
    replicas: { type: 'integer', format: 'int32', default: 1 },
    generation: { type: 'integer', format: 'int64' },
    containers: { type: 'array', items: container },
    ratio: { type: 'number' },
    port: { intOrString: true, goType: 'intstr.IntOrString' },
    data: { type: 'string', format: 'byte' },
    anything: { preserveUnknown: true },
    strategy: {
      type: 'object',
      goType: 'v1.Strategy',
      default: {},
      properties: fields({ type: { type: 'string', default: 'RollingUpdate' } }),
    },
  }),
}
const schema: Schema = {
  type: 'object',
  goType: 'v1.Deployment',
  properties: fields({
    metadata: {
      type: 'object',
      goType: 'v1.ObjectMeta',
      properties: fields({
        labels: { type: 'object', additionalProperties: text },
        creationTimestamp: { type: 'string', format: 'date-time', goType: 'v1.Time' },
        renewTime: { type: 'string', format: 'date-time', goType: 'v1.MicroTime' },
      }),
    },
    spec,
  }),
}

describe('conform', () => {
  it('drops unknown fields and says where they were', () => {
    const value = { spec: { foo: 1, Replicas: 2, containers: [{ name: 'a', img: 'x' }], anything: { at: ['all'] } }, extra: {} }
    deepEqual(conform(value, schema), {
      unknown: ['spec.foo', 'spec.Replicas', 'spec.containers[0].img', 'extra'].map(path => `unknown field "${path}"`),
    })
    deepEqual(value, { spec: { containers: [{ name: 'a' }], anything: { at: ['all'] } } })
  })

  it('drops nulls, and in lists and maps makes zero values of them', () => {
    const value = {
      metadata: { labels: { a: null }, creationTimestamp: null },
      spec: { replicas: null, containers: [{ args: ['x', null] }] },
    }
    deepEqual(conform(value, schema), { unknown: [] })
    deepEqual(value, { metadata: { labels: { a: '' } }, spec: { containers: [{ args: ['x', ''] }] } })
  })

  it('gives quantities, times and bytes their canonical form', () => {
    const value = {
      metadata: { creationTimestamp: '2026-01-01T02:00:00.5+02:00', renewTime: '2026-01-01T00:00:00.123456Z' },
      spec: { data: 'aGk=\n', containers: [{ limits: { cpu: 2, memory: '1024Mi' } }] },
    }
    deepEqual(conform(value, schema), { unknown: [] })
    deepEqual(value, {
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z', renewTime: '2026-01-01T00:00:00.123456Z' },
      spec: { data: 'aGk=', containers: [{ limits: { cpu: '2', memory: '1Gi' } }] },
    })
  })

  const misfits: [string, string][] = [
    ['[]', 'json: cannot unmarshal array into Go value of type v1.Deployment'],
    [
      '{"spec":{"replicas":"3"}}',
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      '{"spec":{"replicas":1.5}}',
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      '{"spec":{"replicas":3000000000}}',
      'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      '{"spec":{"generation":9223372036854775808}}',
      'json: cannot unmarshal number 9223372036854775808 into Go struct field DeploymentSpec.spec.generation of type int64',
    ],
    [
      '{"spec":{"containers":{}}}',
      'json: cannot unmarshal object into Go struct field DeploymentSpec.spec.containers of type []v1.Container',
    ],
    [
      '{"spec":{"containers":["a"]}}',
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.containers of type v1.Container',
    ],
    [
      '{"spec":{"containers":[{"name":1}]}}',
      'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
    ],
    [
      '{"spec":{"containers":[{"tty":"x"}]}}',
      'json: cannot unmarshal string into Go struct field Container.spec.containers.tty of type bool',
    ],
    [
      '{"metadata":{"labels":{"a":1}}}',
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      '{"metadata":{"labels":[]}}',
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    ['{"spec":{"port":true}}', 'json: cannot unmarshal bool into Go struct field DeploymentSpec.spec.port of type int32'],
    ['{"spec":{"data":"a"}}', 'illegal base64 data at input byte 0'],
    [
      '{"spec":{"containers":[{"limits":{"cpu":"x"}}]}}',
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    ['{"metadata":{"creationTimestamp":"x"}}', 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
    [
      '{"metadata":{"creationTimestamp":"2026-01-01"}}',
      'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
    ],
    ['{"metadata":{"creationTimestamp":"2026-13-01T00:00:00Z"}}', 'parsing time "2026-13-01T00:00:00Z": month out of range'],
    ['{"metadata":{"creationTimestamp":"2026-02-30T00:00:00Z"}}', 'parsing time "2026-02-30T00:00:00Z": day out of range'],
    [
      '{"metadata":{"renewTime":"2026-02-03T00:00:00Z"}}',
      'parsing time "2026-02-03T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    ],
    [
      '{"metadata":{"creationTimestamp":5}}',
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string',
    ],
  ]
  for (const [body, error] of misfits) {
    it(`says of ${body}: ${error}`, () => equal(conform(decode(body), schema).error, error))
  }

  it('keeps integers of 64 bits exactly', () => {
    const value = decode('{"spec":{"generation":9223372036854775807}}')
    deepEqual(conform(value, schema), { unknown: [] })
    equal(JSON.stringify(value), '{"spec":{"generation":9223372036854775807}}')
  })

  it('is not fooled by names that every object inherits', () => {
    const value = decode('{"__proto__":{"a":1},"constructor":1,"metadata":{"labels":{"__proto__":"x"}}}')
    deepEqual(conform(value, schema).unknown, ['unknown field "__proto__"', 'unknown field "constructor"'])
    equal(JSON.stringify(value), '{"metadata":{"labels":{"__proto__":"x"}}}')
  })

  it('counts unknown fields to a hundred', () => {
    const value = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, 1]))
    equal(conform(value, schema).unknown.length, 100)
    deepEqual(value, {})
  })

  it('says it all in one sentence', () => {
    equal(
      strictError(['unknown field "a"', 'duplicate field "b"']),
      'strict decoding error: unknown field "a", duplicate field "b"',
    )
  })
})

describe('prune', () => {
  it('drops unknown fields and judges nothing else', () => {
    const value = { spec: { replicas: 'three', foo: 1, containers: [{ name: null, bar: 1 }] } }
    deepEqual(prune(value, schema), ['unknown field "spec.foo"', 'unknown field "spec.containers[0].bar"'])
    deepEqual(value, { spec: { replicas: 'three', containers: [{ name: null }] } })
  })
})

describe('applyDefaults', () => {
  it('fills in what is absent, deeply, and leaves what is there', () => {
    const value = { spec: { containers: [{ name: 'a' }, { tty: true }] } }
    applyDefaults(value, schema)
    deepEqual(value, {
      spec: { replicas: 1, strategy: { type: 'RollingUpdate' }, containers: [{ name: 'a', tty: false }, { tty: true }] },
    })
  })

  it('does not make objects for the sake of their defaults, nor share defaults between objects', () => {
    const empty = {}
    applyDefaults(empty, schema)
    deepEqual(empty, {})
    const [a, b] = [{ spec: {} as { strategy?: object } }, { spec: {} as { strategy?: object } }]
    applyDefaults(a, schema)
    applyDefaults(b, schema)
    equal(a.spec.strategy === b.spec.strategy, false)
  })
})
