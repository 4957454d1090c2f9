import type { OpenAPIV2 } from 'openapi-types'
import {
  any,
  boolean,
  choice,
  double,
  entries,
  type Fields,
  int64,
  list,
  message,
  string,
  type Write,
  within,
  write,
} from '#machinery/codec/writes.ts'

/** A Swagger document in protobuf, as kubectl up to 1.28 reads it (numbers: gnostic-models, openapiv2/OpenAPIv2.proto). */
export const gnosticV2 = (document: OpenAPIV2.Document): Uint8Array => write(document, documentFields)

const strings = list(string)

const schema: Write = message(
  () => ({
    $ref: [1, string],
    format: [2, string],
    title: [3, string],
    description: [4, string],
    default: [5, any],
    multipleOf: [6, double],
    maximum: [7, double],
    exclusiveMaximum: [8, boolean],
    minimum: [9, double],
    exclusiveMinimum: [10, boolean],
    maxLength: [11, int64],
    minLength: [12, int64],
    pattern: [13, string],
    maxItems: [14, int64],
    minItems: [15, int64],
    uniqueItems: [16, boolean],
    maxProperties: [17, int64],
    minProperties: [18, int64],
    required: [19, strings],
    enum: [20, list(any)],
    additionalProperties: [21, schemaOrBoolean],
    type: [22, within(1, strings)],
    items: [23, within(1, list(schema))],
    allOf: [24, list(schema)],
    properties: [25, within(1, entries(schema))],
    readOnly: [27, boolean],
    externalDocs: [29, externalDocs],
    example: [30, any],
  }),
  31,
)

const schemaOrBoolean: Write = (writer, number, value) =>
  (typeof value === 'boolean' ? within(2, boolean) : within(1, schema))(writer, number, value)

const externalDocs = message(() => ({ description: [1, string], url: [2, string] }), 3)

const reference = message(() => ({ $ref: [1, string], description: [2, string] }))

const bodyParameter = message(
  () => ({ description: [1, string], name: [2, string], in: [3, string], required: [4, boolean], schema: [5, schema] }),
  6,
)

const queryParameter = message(
  () => ({
    required: [1, boolean],
    in: [2, string],
    description: [3, string],
    name: [4, string],
    allowEmptyValue: [5, boolean],
    type: [6, string],
    format: [7, string],
    default: [10, any],
    uniqueItems: [20, boolean],
    enum: [21, list(any)],
  }),
  23,
)

const pathParameter = message(
  () => ({
    required: [1, boolean],
    in: [2, string],
    description: [3, string],
    name: [4, string],
    type: [5, string],
    format: [6, string],
    default: [9, any],
    uniqueItems: [19, boolean],
    enum: [20, list(any)],
  }),
  22,
)

/** Each oneof is a message of its own: a parameter or a reference, with a body or without, in the query or in the path. */
const parameter = choice(({ $ref, in: place }) => {
  if ($ref !== undefined) return within(2, reference)
  if (place === 'body') return within(1, within(1, bodyParameter))
  return within(1, within(2, place === 'path' ? within(4, pathParameter) : within(3, queryParameter)))
})

const response = message(() => ({ description: [1, string], schema: [2, within(1, schema)] }), 5)

const operation = message(
  () => ({
    tags: [1, strings],
    summary: [2, string],
    description: [3, string],
    operationId: [5, string],
    produces: [6, strings],
    consumes: [7, strings],
    parameters: [8, list(parameter)],
    responses: [9, within(1, entries(within(1, response)))],
    schemes: [10, strings],
    deprecated: [11, boolean],
  }),
  13,
)

const path = message(
  () => ({
    $ref: [1, string],
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, list(parameter)],
  }),
  10,
)

const apiKey = message(() => ({ type: [1, string], name: [2, string], in: [3, string], description: [4, string] }), 5)

const documentFields: Fields = {
  swagger: [1, string],
  info: [2, message(() => ({ title: [1, string], version: [2, string], description: [3, string] }), 7)],
  paths: [8, within(2, entries(path))],
  definitions: [9, within(1, entries(schema))],
  security: [12, list(within(1, entries(within(1, strings))))],
  securityDefinitions: [13, within(1, entries(within(2, apiKey)))],
}
