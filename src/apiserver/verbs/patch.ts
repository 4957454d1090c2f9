import type { KubeObject } from '#api/object.ts'
import { badRequest, invalid, notFound, StatusError } from '#api/status.ts'
import { viewOf } from '#apiserver/answer/answer.ts'
import { mediaTypeOf, unconvertible } from '#apiserver/request/body.ts'
import { shape } from '#apiserver/request/field-validation.ts'
import { applyPatch, writeOptionsOf } from '#apiserver/request/options.ts'
import { invalidValue } from '#machinery/causes.ts'
import { clone, isRecord } from '#machinery/clone.ts'
import { valueName } from '#machinery/go-types.ts'
import { DecodeError, decode, duplicateFields } from '#machinery/json.ts'
import { printed } from '#machinery/patch/directives.ts'
import { applyJsonPatch } from '#machinery/patch/json.ts'
import { applyMergePatch } from '#machinery/patch/merge.ts'
import { applyStrategicPatch } from '#machinery/patch/strategic.ts'
import type { Schema } from '#machinery/schema.ts'
import { apply } from './apply.ts'
import { entranceOf, seen, updated } from './entrance.ts'
import { answerWritten, checkVersion } from './update.ts'
import { attemptOf, checkName, keyIn, placeIn, type Verb } from './verb.ts'

/** One way to say what is to change. */
interface Patcher {
  apply(object: KubeObject, patch: unknown, schema: Schema | undefined): KubeObject
  /** What is shown when the patched object does not fit its kind: upstream gives the object, or, for a strategic patch, the patch. */
  blamed(patched: KubeObject, patch: unknown): string
  /** What a body that is no JSON is answered with. */
  broken(why: string): string
}

const patchers: Readonly<Record<string, Patcher>> = {
  'application/json-patch+json': {
    apply: applyJsonPatch,
    blamed: patched => JSON.stringify(patched),
    broken: why => `error decoding patch: ${why}`,
  },
  'application/merge-patch+json': {
    apply: mergePatch,
    blamed: patched => JSON.stringify(patched),
    broken: why => `error decoding patch: ${why}`,
  },
  'application/strategic-merge-patch+json': {
    apply: strategicPatch,
    blamed: (_, patch) => printed(patch),
    broken: why => why,
  },
}

/** Changes part of an object, in the way the Content-Type says. A lost race is patched again on the newer object. */
export const patch: Verb = async (request, store, tools) => {
  const { resource } = store
  const { subresource } = request.attributes
  const key = keyIn(request, store)
  const type = mediaTypeOf(request)
  if (type === applyPatch) return apply(request, store, tools)
  const patcher = Object.hasOwn(patchers, type) ? patchers[type] : undefined
  // In the words of upstream's router, which knows what each kind's PATCH takes.
  if (!patcher) throw new StatusError('UnsupportedMediaType', '415: Unsupported Media Type', {})
  const bytes = await request.body()
  const options = writeOptionsOf(request)
  const said = parse(bytes, patcher)
  const duplicates = options.fieldValidation === 'Ignore' ? [] : duplicateFields(bytes, said)
  const entrance = entranceOf(request, store, tools, options.manager)
  const { kind } = entrance
  const schema = request.facts.schema(kind)
  const written = await store.change(key, attemptOf(request, options), current => {
    if (!current) throw notFound(resource.kind, key.name)
    const shown = seen(entrance, current)
    const patched = clone(patcher.apply(shown, said, schema))
    const refusal = (why: string): StatusError =>
      invalid({ group: '', kind: '' }, '', [invalidValue('patch', patcher.blamed(patched, said), why)])
    if (patched?.kind !== shown.kind || patched.apiVersion !== shown.apiVersion) throw refusal(problemOfType(patched, kind))
    shape(patched, schema, {
      fieldValidation: options.fieldValidation,
      duplicates,
      warn: message => request.warn(message),
      refusal,
    })
    patched.metadata ??= {}
    placeIn(patched, key)
    checkName(patched, key)
    checkVersion(patched, current, store)
    return updated(entrance, current, patched)
  })
  return answerWritten(written, store, viewOf(request, tools.clock), subresource)
}

function mergePatch(object: KubeObject, patch: unknown): KubeObject {
  if (isRecord(patch)) return applyMergePatch(object, patch)
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${valueName(patch)} into Go value of type map[string]interface {}`,
  )
}

/** Upstream answers patches that contradict themselves with 500; here no request may. */
function strategicPatch(object: KubeObject, patch: unknown, schema: Schema = {}): KubeObject {
  try {
    return applyStrategicPatch(object, patch, schema)
  } catch (error) {
    throw error instanceof StatusError && error.code === 500 ? badRequest(error.message) : error
  }
}

function parse(bytes: Uint8Array, { broken }: Patcher): unknown {
  try {
    return decode(bytes)
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(broken(error.message)) : error
  }
}

/** Why what came out of a patch is no object of the kind. */
function problemOfType(patched: Partial<KubeObject> | null, kind: Parameters<typeof unconvertible>[2]): string {
  if (!patched?.kind) return `Object 'Kind' is missing in '${JSON.stringify(patched)}'`
  return unconvertible(String(patched.kind), String(patched.apiVersion).replace(/^.*\//, ''), kind)
}
