import type { OpenAPIV3 } from 'openapi-types'
import { apiVersion } from '#api/kind.ts'
import type { Describe } from './descriptions.ts'
import { byPath, typeOf } from './document.ts'
import { bearerToken, info, media, patchMedia, reasons, watchMedia } from './media.ts'
import { Models } from './models.ts'
import { discoveryId, type Operation, tagOf } from './operations.ts'
import type { Parameter } from './parameters.ts'
import type { Facts } from './schemas.ts'
import type { Served } from './served.ts'

/** Where the document of a group and version is: `api/v1`, `apis/apps/v1`. */
export const documentPath = ({ group, version }: { group: string; version: string }): string =>
  group ? `apis/${apiVersion({ group, version })}` : `api/${version}`

/** The OpenAPI v3 document of one group and version, given its resources. */
export function documentV3(
  of: { group: string; version: string },
  served: Iterable<Served>,
  facts: Facts,
  describe: Describe,
): OpenAPIV3.Document {
  const models = new Models(facts, describe, { place: '#/components/schemas/', version: 3 })
  const paths: Record<string, object> = { [`/${documentPath(of)}/`]: { get: discovery(of, models) } }
  for (const [path, { parameters, operations }] of byPath(served, facts)) {
    paths[path] = {
      ...Object.fromEntries(operations.map(operation => [operation.method, operationV3(operation, models, facts)])),
      ...(parameters.length > 0 && { parameters: parameters.map(parameterV3) }),
    }
  }
  return {
    openapi: '3.0.0',
    info,
    paths: paths as OpenAPIV3.PathsObject,
    components: {
      schemas: models.all as Record<string, OpenAPIV3.SchemaObject>,
      securitySchemes: { BearerToken: bearerToken },
    },
  }
}

const discovery = (of: { group: string; version: string }, models: Models): OpenAPIV3.OperationObject => ({
  tags: [tagOf(of)],
  description: 'get available resources',
  operationId: discoveryId(of),
  responses: answers([200], content(media, models.ref('meta.v1.APIResourceList'))),
})

function operationV3(operation: Operation, models: Models, facts: Facts): OpenAPIV3.OperationObject {
  const { id, tag, description, action, identity, parameters, body, codes, answer, streams } = operation
  const types = answer ? (streams ? [...media, ...watchMedia] : media) : ['*/*']
  const answered = answer ? models.ref(typeOf(answer, facts)) : { type: 'string' }
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(parameters.length > 0 && { parameters: parameters.map(parameterV3) }),
    ...(body && {
      requestBody: {
        content: content(body.type.kind === 'Patch' ? patchMedia : ['*/*'], models.ref(typeOf(body.type, facts))),
        ...(body.required && { required: true }),
      },
    }),
    responses: answers(codes, content(types, answered)),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': identity,
  } as OpenAPIV3.OperationObject
}

const content = (types: readonly string[], schema: object): Record<string, OpenAPIV3.MediaTypeObject> =>
  Object.fromEntries(types.map(type => [type, { schema }]))

const answers = (codes: Operation['codes'], content: Record<string, OpenAPIV3.MediaTypeObject>): OpenAPIV3.ResponsesObject => ({
  ...Object.fromEntries(codes.map(code => [code, { description: reasons[code], content }])),
  401: { description: 'Unauthorized' },
})

const parameterV3 = ({ type, ...parameter }: Parameter): OpenAPIV3.ParameterObject => ({
  ...parameter,
  ...(parameter.in === 'path' && { required: true }),
  schema: { type, uniqueItems: true },
})
