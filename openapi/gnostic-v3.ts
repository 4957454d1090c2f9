import type { OpenAPIV3 } from 'openapi-types'
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
  nothing,
  string,
  type Write,
  within,
  write,
} from '#machinery/codec/writes.ts'

/** An OpenAPI v3 document in protobuf, as client-go may ask for it (numbers: gnostic-models, openapiv3/OpenAPIv3.proto). */
export const gnosticV3 = (document: OpenAPIV3.Document): Uint8Array => write(document, documentFields)

const strings = list(string)

const reference = message(() => ({ $ref: [1, string], summary: [2, string], description: [3, string] }))

/** What may be said in place, or referred to. */
const orReference = (inPlace: Write): Write =>
  choice(({ $ref }) => ($ref === undefined ? within(1, inPlace) : within(2, reference)))

/** Only scalars fit; of any other default the message says that there is one. */
const defaultValue: Write = (writer, number, value) => {
  const scalar =
    typeof value === 'number' ? within(1, double) : typeof value === 'boolean' ? within(2, boolean) : within(3, string)
  return (typeof value === 'object' ? nothing : scalar)(writer, number, value)
}

const plainSchema: Write = message(
  () => ({
    nullable: [1, boolean],
    readOnly: [3, boolean],
    writeOnly: [4, boolean],
    externalDocs: [6, message(() => ({ description: [1, string], url: [2, string] }), 3)],
    example: [7, any],
    deprecated: [8, boolean],
    title: [9, string],
    multipleOf: [10, double],
    maximum: [11, double],
    exclusiveMaximum: [12, boolean],
    minimum: [13, double],
    exclusiveMinimum: [14, boolean],
    maxLength: [15, int64],
    minLength: [16, int64],
    pattern: [17, string],
    maxItems: [18, int64],
    minItems: [19, int64],
    uniqueItems: [20, boolean],
    maxProperties: [21, int64],
    minProperties: [22, int64],
    required: [23, strings],
    enum: [24, list(any)],
    type: [25, string],
    allOf: [26, list(schema)],
    oneOf: [27, list(schema)],
    anyOf: [28, list(schema)],
    not: [29, plainSchema],
    items: [30, within(1, list(schema))],
    properties: [31, within(1, entries(schema))],
    additionalProperties: [32, schemaOrBoolean],
    default: [33, defaultValue],
    description: [34, string],
    format: [35, string],
  }),
  36,
)

const schema: Write = orReference(plainSchema)

const schemaOrBoolean: Write = (writer, number, value) =>
  (typeof value === 'boolean' ? within(2, boolean) : within(1, schema))(writer, number, value)

const content = within(1, entries(message(() => ({ schema: [1, schema], example: [2, any] }), 5)))

const parameter = orReference(
  message(
    () => ({
      name: [1, string],
      in: [2, string],
      description: [3, string],
      required: [4, boolean],
      deprecated: [5, boolean],
      allowEmptyValue: [6, boolean],
      style: [7, string],
      explode: [8, boolean],
      allowReserved: [9, boolean],
      schema: [10, schema],
      example: [11, any],
      content: [13, content],
    }),
    14,
  ),
)

const body = orReference(message(() => ({ description: [1, string], content: [2, content], required: [3, boolean] }), 4))

const response = orReference(message(() => ({ description: [1, string], content: [3, content] }), 5))

const operation = message(
  () => ({
    tags: [1, strings],
    summary: [2, string],
    description: [3, string],
    operationId: [5, string],
    parameters: [6, list(parameter)],
    requestBody: [7, body],
    responses: [8, within(2, entries(response))],
    deprecated: [10, boolean],
  }),
  13,
)

const path = message(
  () => ({
    $ref: [1, string],
    summary: [2, string],
    description: [3, string],
    get: [4, operation],
    put: [5, operation],
    post: [6, operation],
    delete: [7, operation],
    options: [8, operation],
    head: [9, operation],
    patch: [10, operation],
    trace: [11, operation],
    parameters: [13, list(parameter)],
  }),
  14,
)

const securityScheme = orReference(
  message(() => ({ type: [1, string], description: [2, string], name: [3, string], in: [4, string] }), 9),
)

const documentFields: Fields = {
  openapi: [1, string],
  info: [2, message(() => ({ title: [1, string], description: [2, string], version: [6, string] }), 7)],
  paths: [4, within(1, entries(path))],
  components: [
    5,
    message(() => ({ schemas: [1, within(1, entries(schema))], securitySchemes: [7, within(1, entries(securityScheme))] }), 10),
  ],
}
