import assert from 'node:assert/strict'
import { complaints, asStored as stored } from '#resources/as-stored.ts'
import definitions from './customresourcedefinitions.ts'

type Fields = Record<string, unknown>

const names = { plural: 'widgets', kind: 'Widget' }
const version = (schema: unknown, more: Fields = {}): Fields => ({
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema },
  ...more,
})
const definition = (spec: Fields = {}, metadata: Fields = {}): Fields => ({
  metadata: { name: 'widgets.example.com', ...metadata },
  spec: { group: 'example.com', names, scope: 'Namespaced', versions: [version({ type: 'object' })], ...spec },
})
const withSchema = (properties: Fields, more: Fields = {}): Fields =>
  definition({ versions: [version({ type: 'object', properties, ...more })] })
const root = 'spec.validation.openAPIV3Schema'

describe('custom resource definitions', () => {
  it('get the names that can be made of the kind, and remember which versions were stored', () => {
    const object = stored(definitions, definition()) as unknown as { spec: Fields; status: Fields }
    assert.deepEqual(object.spec.names, { ...names, singular: 'widget', listKind: 'WidgetList' })
    assert.deepEqual(object.spec.conversion, { strategy: 'None' })
    assert.deepEqual(object.status, { storedVersions: ['v1'] })
  })

  const cases: [string, Fields, string[]][] = [
    ['nothing is wrong', definition(), []],
    [
      'a name that is not made of plural and group',
      definition({}, { name: 'gadgets.example.com' }),
      ['metadata.name: Invalid value: "gadgets.example.com": must be spec.names.plural+"."+spec.group'],
    ],
    [
      'no version that is stored, and one without a schema',
      definition({ versions: [{ name: 'v1', served: true, storage: false }] }),
      [
        'spec.versions[0].schema.openAPIV3Schema: Required value',
        'spec.versions: Invalid value: [{"name":"v1","served":true,"storage":false}]: must have exactly one version marked as storage version',
        'status.storedVersions: Invalid value: []: must have at least one stored version',
      ],
    ],
    [
      'fields without a type',
      withSchema({ spec: { properties: { a: { type: 'array' } } } }),
      [
        `${root}.properties[spec].properties[a].items: Required value: must be specified`,
        `${root}.properties[spec].type: Required value: must not be empty for specified object fields`,
      ],
    ],
    [
      'a narrowing that names what is not there',
      withSchema({ a: { type: 'string' } }, { anyOf: [{ properties: { b: { pattern: '^x' } } }, { type: 'object' }] }),
      [
        `${root}.anyOf[1].type: Forbidden: must be empty to be structural`,
        `${root}.properties[b]: Required value: because it is defined in ${root}.anyOf[0].properties[b]`,
      ],
    ],
    [
      'a number or a text, said in the way that is taken',
      withSchema({ port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] } }),
      [],
    ],
    [
      'a list by keys that items do not have',
      withSchema({
        list: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name', 'id'],
          items: { type: 'object', properties: { name: { type: 'string' } } },
        },
      }),
      [
        `${root}.properties[list].x-kubernetes-list-map-keys: Invalid value: ["name","id"]: entries must all be names of item properties`,
        `${root}.properties[list].items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
      ],
    ],
    [
      'narrowed metadata',
      withSchema({ metadata: { type: 'object', properties: { labels: { type: 'object' } } } }),
      [
        `${root}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
      ],
    ],
    [
      'columns, a scale and fields to select by that lead nowhere',
      definition({
        versions: [
          version(
            {
              type: 'object',
              properties: { spec: { type: 'object', properties: { list: { type: 'array', items: { type: 'string' } } } } },
            },
            {
              additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec' }],
              subresources: { scale: { specReplicasPath: '.status.n', statusReplicasPath: '.status.n' } },
              selectableFields: [{ jsonPath: '.spec.lost' }, { jsonPath: '.spec.list' }],
            },
          ),
        ],
      }),
      [
        'spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
        'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
        'spec.selectableFields[0].jsonPath: Invalid value: ".spec.lost": is an invalid path: does not refer to a valid field',
        'spec.selectableFields[1].jsonPath: Invalid value: ".spec.list": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      ],
    ],
    [
      'a group of Kubernetes without its consent',
      definition({ group: 'x.k8s.io' }, { name: 'widgets.x.k8s.io' }),
      [
        'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ],
    ],
    [
      'a conversion without a webhook',
      definition({ conversion: { strategy: 'Webhook' } }),
      [
        'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
        'spec.conversion.conversionReviewVersions: Required value',
      ],
    ],
    [
      'what versions do not share is blamed on each',
      definition({
        versions: [version({ type: 'object' }), version({ type: 'string' }, { name: 'v2', storage: false })],
      }),
      ['spec.versions[1].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root'],
    ],
  ]
  for (const [title, fields, wanted] of cases)
    it(`are checked: ${title}`, () => assert.deepEqual(complaints(definitions, fields), wanted))

  it('warn of formats that nothing looks at', () => {
    const object = stored(
      definitions,
      withSchema({ a: { type: 'string', format: 'odd' }, b: { type: 'string', format: 'uuid' } }),
    )
    assert.deepEqual([...definitions.warn!(object, undefined)], ['unrecognized format "odd"'])
  })
})
