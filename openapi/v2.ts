import type { OpenAPIV2 } from 'openapi-types'
import type { Describe } from './descriptions.ts'
import { byPath, typeOf } from './document.ts'
import { bearerToken, info, media, patchMedia, reasons, watchMedia } from './media.ts'
import { Models } from './models.ts'
import type { Operation } from './operations.ts'
import type { Parameter } from './parameters.ts'
import type { Facts } from './schemas.ts'
import type { Served } from './served.ts'

/** What /openapi/v2 answers: everything that is served, in one Swagger document. */
export function documentV2(served: Iterable<Served>, facts: Facts, describe: Describe): OpenAPIV2.Document {
  const models = new Models(facts, describe, { place: '#/definitions/', version: 2 })
  const paths: Record<string, object> = {}
  for (const [path, { parameters, operations }] of byPath(served, facts)) {
    paths[path] = {
      ...Object.fromEntries(operations.map(operation => [operation.method, operationV2(operation, models, facts)])),
      ...(parameters.length > 0 && { parameters: parameters.map(parameterV2) }),
    }
  }
  return {
    swagger: '2.0',
    info,
    paths: paths as OpenAPIV2.PathsObject,
    definitions: models.all as object as OpenAPIV2.DefinitionsObject,
    securityDefinitions: { BearerToken: bearerToken },
    security: [{ BearerToken: [] }],
  }
}

function operationV2(operation: Operation, models: Models, facts: Facts): object {
  const { id, tag, description, action, identity, parameters, body, codes, answer, streams } = operation
  const schema = answer ? models.ref(typeOf(answer, facts)) : { type: 'string' }
  const sent = body && {
    in: 'body',
    name: 'body',
    ...(body.required && { required: true }),
    schema: models.ref(typeOf(body.type, facts)),
  }
  return {
    tags: [tag],
    schemes: ['https'],
    description,
    operationId: id,
    consumes: body?.type.kind === 'Patch' ? patchMedia : ['*/*'],
    produces: answer ? (streams ? [...media, ...watchMedia] : media) : ['*/*'],
    parameters: [...(sent ? [sent] : []), ...parameters.map(parameterV2)],
    responses: {
      ...Object.fromEntries(codes.map(code => [code, { description: reasons[code], schema }])),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': identity,
  }
}

const parameterV2 = (parameter: Parameter): object => ({
  uniqueItems: true,
  ...parameter,
  ...(parameter.in === 'path' && { required: true }),
})
