import assert from 'node:assert/strict'
import type { OpenAPIV2, OpenAPIV3 } from 'openapi-types'
import protobuf from 'protobufjs'
import { gnosticV2 } from './gnostic-v2.ts'
import { gnosticV3 } from './gnostic-v3.ts'

/** The part of gnostic's messages that is read back here, by the numbers of its .proto files. */
const { root: v2 } = protobuf.parse(
  `syntax = "proto3";
  message Any { string yaml = 2; }
  message Info { string title = 1; string version = 2; }
  message Strings { repeated string value = 1; }
  message Items { repeated Schema schema = 1; }
  message Additional { oneof which { Schema schema = 1; bool boolean = 2; } }
  message Properties { map<string, Schema> all = 1; }
  message Schema {
    string ref = 1; string description = 4; repeated string required = 19; repeated Any enum = 20; Additional additional = 21;
    Strings type = 22; Items items = 23; Properties properties = 25; map<string, Any> extensions = 31;
  }
  message Body { string name = 2; bool required = 4; Schema schema = 5; }
  message Query { string in = 2; string name = 4; string type = 6; }
  message Path { bool required = 1; string name = 4; }
  message NonBody { oneof which { Query query = 3; Path path = 4; } }
  message Parameter { oneof which { Body body = 1; NonBody other = 2; } }
  message ParameterOrReference { oneof which { Parameter parameter = 1; } }
  message SchemaItem { Schema schema = 1; }
  message Response { string description = 1; SchemaItem schema = 2; }
  message ResponseValue { Response response = 1; }
  message Responses { map<string, ResponseValue> codes = 1; }
  message Operation { repeated string tags = 1; string id = 5; repeated ParameterOrReference parameters = 8; Responses responses = 9; map<string, Any> extensions = 13; }
  message PathItem { Operation get = 2; repeated ParameterOrReference parameters = 9; }
  message Paths { map<string, PathItem> all = 2; }
  message ApiKey { string name = 2; }
  message Security { ApiKey key = 2; }
  message SecurityDefinitions { map<string, Security> all = 1; }
  message Requirement { map<string, Strings> all = 1; }
  message Document {
    string swagger = 1; Info info = 2; Paths paths = 8; Properties definitions = 9; repeated Requirement security = 12;
    SecurityDefinitions securityDefinitions = 13;
  }`,
  { keepCase: true },
)

const { root: v3 } = protobuf.parse(
  `syntax = "proto3";
  message Default { oneof which { double number = 1; bool boolean = 2; string string = 3; } }
  message Reference { string ref = 1; }
  message Schema { repeated SchemaOrReference allOf = 26; Properties properties = 31; Default default = 33; string type = 25; }
  message SchemaOrReference { oneof which { Schema schema = 1; Reference reference = 2; } }
  message Properties { map<string, SchemaOrReference> all = 1; }
  message MediaType { SchemaOrReference schema = 1; }
  message MediaTypes { map<string, MediaType> all = 1; }
  message Response { string description = 1; MediaTypes content = 3; }
  message ResponseOrReference { Response response = 1; }
  message Responses { map<string, ResponseOrReference> codes = 2; }
  message Operation { string id = 5; Responses responses = 8; }
  message PathItem { Operation get = 4; }
  message Paths { map<string, PathItem> all = 1; }
  message Components { Properties schemas = 1; }
  message Document { string openapi = 1; Paths paths = 4; Components components = 5; }`,
  { keepCase: true },
)

const read = (root: protobuf.Root, bytes: Uint8Array): unknown => {
  const type = root.lookupType('Document')
  return type.toObject(type.decode(bytes), { json: true })
}

describe('gnostic’s messages', () => {
  it('say what a Swagger document says', () => {
    const document = {
      swagger: '2.0',
      info: { title: 'T', version: 'v' },
      paths: {
        '/a/{name}': {
          get: {
            tags: ['t'],
            operationId: 'read',
            parameters: [
              { in: 'body', name: 'body', required: true, schema: { $ref: '#/definitions/A' } },
              { in: 'query', name: 'watch', type: 'boolean' },
            ],
            responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/A' } }, 401: { description: 'No' } },
            'x-kubernetes-action': 'get',
          },
          parameters: [{ in: 'path', name: 'name', required: true, type: 'string' }],
        },
      },
      definitions: {
        A: {
          description: 'An A.',
          type: 'object',
          required: ['list'],
          properties: {
            list: { type: 'array', items: { type: 'string', enum: ['x', ''] } },
            map: { type: 'object', additionalProperties: { $ref: '#/definitions/A' } },
          },
          'x-kubernetes-group-version-kind': [{ group: '', kind: 'A', version: 'v1' }],
        },
      },
      security: [{ BearerToken: [] }],
      securityDefinitions: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    }
    const answer = { schema: { ref: '#/definitions/A' } }
    assert.deepEqual(read(v2, gnosticV2(document as unknown as OpenAPIV2.Document)), {
      swagger: '2.0',
      info: { title: 'T', version: 'v' },
      paths: {
        all: {
          '/a/{name}': {
            get: {
              tags: ['t'],
              id: 'read',
              parameters: [
                { parameter: { body: { name: 'body', required: true, schema: { ref: '#/definitions/A' } } } },
                { parameter: { other: { query: { in: 'query', name: 'watch', type: 'boolean' } } } },
              ],
              responses: {
                codes: {
                  200: { response: { description: 'OK', schema: answer } },
                  401: { response: { description: 'No' } },
                },
              },
              extensions: { 'x-kubernetes-action': { yaml: '"get"' } },
            },
            parameters: [{ parameter: { other: { path: { name: 'name', required: true } } } }],
          },
        },
      },
      definitions: {
        all: {
          A: {
            description: 'An A.',
            type: { value: ['object'] },
            required: ['list'],
            properties: {
              all: {
                list: {
                  type: { value: ['array'] },
                  items: { schema: [{ type: { value: ['string'] }, enum: [{ yaml: '"x"' }, { yaml: '""' }] }] },
                },
                map: { type: { value: ['object'] }, additional: answer },
              },
            },
            extensions: { 'x-kubernetes-group-version-kind': { yaml: '[{"group":"","kind":"A","version":"v1"}]' } },
          },
        },
      },
      security: [{ all: { BearerToken: {} } }],
      securityDefinitions: { all: { BearerToken: { key: { name: 'authorization' } } } },
    })
  })

  it('say what an OpenAPI v3 document says, defaults that are zero included', () => {
    const document = {
      openapi: '3.0.0',
      paths: {
        '/a': {
          get: {
            operationId: 'list',
            responses: { 200: { description: 'OK', content: { 'a/b': { schema: { $ref: '#/components/schemas/A' } } } } },
          },
        },
      },
      components: {
        schemas: {
          A: {
            type: 'object',
            properties: {
              n: { type: 'integer', default: 0 },
              s: { type: 'string', default: '' },
              o: { allOf: [{ $ref: '#/components/schemas/A' }], default: {} },
            },
          },
        },
      },
    }
    const a = { reference: { ref: '#/components/schemas/A' } }
    assert.deepEqual(read(v3, gnosticV3(document as unknown as OpenAPIV3.Document)), {
      openapi: '3.0.0',
      paths: {
        all: {
          '/a': {
            get: {
              id: 'list',
              responses: { codes: { 200: { response: { description: 'OK', content: { all: { 'a/b': { schema: a } } } } } } },
            },
          },
        },
      },
      components: {
        schemas: {
          all: {
            A: {
              schema: {
                type: 'object',
                properties: {
                  all: {
                    n: { schema: { type: 'integer', default: { number: 0 } } },
                    s: { schema: { type: 'string', default: { string: '' } } },
                    o: { schema: { allOf: [a], default: {} } },
                  },
                },
              },
            },
          },
        },
      },
    })
  })

  it('have a place for everything, or are not made', () => {
    assert.throws(() => gnosticV2({ swagger: '2.0', more: 1 } as unknown as OpenAPIV2.Document), /there is no field for more/)
  })
})
