import { apiVersion } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { badRequest, conflict, notFound } from '#api/status.ts'
import { viewOf } from '#apiserver/answer/answer.ts'
import { shape } from '#apiserver/request/field-validation.ts'
import { type WriteOptions, writeOptionsOf } from '#apiserver/request/options.ts'
import type { Request } from '#apiserver/request/request.ts'
import { setEntries } from '#apiserver/store/field-owners.ts'
import { applyConfig, described } from '#machinery/apply/apply-config.ts'
import { clone, isRecord } from '#machinery/clone.ts'
import { valueName } from '#machinery/go-types.ts'
import { DecodeError } from '#machinery/json.ts'
import { decodeYaml, duplicateYamlFields } from '#machinery/yaml.ts'
import { changed, entranceOf, seen } from './entrance.ts'
import { answerWritten, checkVersion } from './update.ts'
import { attemptOf, checkName, keyIn, mayCreate, placeIn, type Verb } from './verb.ts'

/**
 * Server-side apply: what the configuration says becomes so, and the applier's; what the applier said before and says no more goes,
 * unless it is somebody else's. Makes the object where there is none.
 */
export const apply: Verb = async (request, store, tools) => {
  const { resource } = store
  const { subresource } = request.attributes
  const key = keyIn(request, store)
  const options = writeOptionsOf(request)
  const bytes = await request.body()
  const config = configIn(bytes)
  const entrance = entranceOf(request, store, tools, options.manager)
  const { kind, versions, writer } = entrance
  const attempt = { ...attemptOf(request, { dryRun: options.dryRun }), mayCreate: mayCreate(request, tools) }
  const written = await store.change(key, attempt, current => {
    if (!current && subresource) throw notFound(resource.kind, key.name)
    const result = applyConfig(current && seen(entrance, current), { kind, config, writer, force: options.force }, versions)
    complainOfDoubles(bytes, config, options, request)
    const object = shaped(result, config, request, kind)
    placeIn(object, key)
    checkName(object, key)
    if (current) checkVersion(object, current, store)
    else if (object.metadata.uid)
      throw conflict(
        resource.kind,
        key.name,
        `uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`,
      )
    return current ? changed(entrance, current, object) : object
  })
  return answerWritten(written, store, viewOf(request, tools.clock), subresource)
}

/** A configuration in YAML, or in JSON, which is YAML too. Throws BadRequest. */
function configIn(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let config: unknown
  try {
    config = decodeYaml(bytes) ?? {}
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(`error encoding patch: ${error.message}`) : error
  }
  if (isRecord(config)) return config
  throw badRequest(
    `error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${valueName(config)} into Go value of type map[string]interface {}`,
  )
}

/** Fields that the schema does not have are refused however strict the client wants it; only doubles are left to say. */
function complainOfDoubles(bytes: Uint8Array, config: unknown, { fieldValidation }: WriteOptions, request: Request): void {
  if (fieldValidation === 'Ignore') return
  for (const duplicate of duplicateYamlFields(bytes, config)) {
    const problem = `error converting YAML to JSON: ${duplicate}`
    if (fieldValidation === 'Strict') throw badRequest(`error strict decoding patch: ${problem}`)
    request.warn(problem)
  }
}

/** What applying has made, as an object of its own in the shape of its kind. */
function shaped(
  result: KubeObject,
  config: Readonly<Record<string, unknown>>,
  { facts }: Request,
  kind: Parameters<typeof apiVersion>[0] & { readonly kind: string },
): KubeObject {
  const { managedFields } = result.metadata
  const object = clone(result)
  setEntries(object, undefined)
  shape(object, facts.schema(kind), {
    fieldValidation: 'Ignore',
    duplicates: [],
    warn() {},
    refusal: why =>
      badRequest(`failed to convert new object (${described(config)}) to proper version (${apiVersion(kind)}): ${why}`),
  })
  setEntries(object, managedFields)
  return object
}
