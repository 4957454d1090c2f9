import { apiVersion, type Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { badRequest, StatusError } from '#api/status.ts'
import { isRecord } from '#machinery/clone.ts'
import { decodeMessage, openEnvelope } from '#machinery/codec/decode.ts'
import { valueName } from '#machinery/go-types.ts'
import { DecodeError, decode, duplicateFields, inOrderOf } from '#machinery/json.ts'
import { decodeYaml, duplicateYamlFields } from '#machinery/yaml.ts'
import { type FieldValidation, shape } from './field-validation.ts'
import type { Request } from './request.ts'

/** The largest body taken, in bytes (upstream: MaxRequestBodyBytes). */
export const maxBodyBytes = 3 * 1024 * 1024

/** Which type of object a body is to hold. */
type Identity = Pick<Kind, 'group' | 'version' | 'kind'>

/** How a body is read in one Content-Type. */
interface Codec {
  decode(bytes: Buffer, request: Request): unknown
  /** Given also what the bytes were decoded to, as it was then. */
  duplicates(bytes: Buffer, decoded: unknown): readonly string[]
  /** What is said of fields, in the order in which it is to be said; as it is, where left out. */
  inOrder?(bytes: Buffer, problems: readonly string[]): readonly string[]
}

const codecs: Readonly<Record<string, Codec>> = {
  'application/json': { decode: decodeJson, duplicates: duplicateFields, inOrder: inOrderOf },
  'application/yaml': { decode: decodeYaml, duplicates: duplicateYamlFields },
  'application/vnd.kubernetes.protobuf': { decode: decodeProtobuf, duplicates: () => [] },
}

/** The media type of a request's body; JSON where it says nothing. */
export const mediaTypeOf = ({ headers }: Request): string =>
  (headers['content-type'] || 'application/json').split(';')[0]!.trim().toLowerCase()

/** A body that was decoded, and what can be said of how it was written. */
interface Read {
  readonly value: unknown
  /** To be asked before the value is changed. */
  duplicates(): readonly string[]
  inOrder(problems: readonly string[]): readonly string[]
}

/** Decodes a body by its Content-Type; `duplicates` looks for fields that came twice. Throws UnsupportedMediaType, or DecodeError for broken bytes. */
export async function readBody(request: Request): Promise<Read> {
  const type = mediaTypeOf(request)
  const codec = Object.hasOwn(codecs, type) ? codecs[type] : undefined
  if (!codec)
    throw new StatusError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(codecs).join(', ')}`,
    )
  const bytes = await request.body()
  const value = codec.decode(bytes, request)
  return {
    value,
    duplicates: () => codec.duplicates(bytes, value),
    inOrder: problems => codec.inOrder?.(bytes, problems) ?? problems,
  }
}

/**
 * Decodes the object that a body holds and brings it into the shape of its kind. A body that says nothing of its type is taken at
 * the URL's word. Throws UnsupportedMediaType, and BadRequest for whatever is not such an object.
 */
export async function readObject(request: Request, wanted: Identity, fieldValidation: FieldValidation): Promise<KubeObject> {
  try {
    const { value, duplicates, inOrder } = await readBody(request)
    const doubles = fieldValidation === 'Ignore' ? [] : duplicates()
    const object = typed(value, wanted, request)
    shape(object, request.facts.schema(wanted), {
      fieldValidation,
      duplicates: doubles,
      inOrder,
      warn: message => request.warn(message),
      refusal: why => cannotBeHandled(wanted, wanted, why),
    })
    object.metadata ??= {}
    return object
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const summary = summarize(await request.body())
    throw badRequest(`the object provided is unrecognized (must be of type ${wanted.kind}): ${error.message} (${summary})`)
  }
}

function decodeJson(bytes: Buffer): unknown {
  try {
    return decode(bytes)
  } catch (error) {
    throw error instanceof DecodeError ? noKind(`json parse error: ${error.message}`) : error
  }
}

function decodeProtobuf(bytes: Uint8Array, { facts }: Request): unknown {
  const { apiVersion, kind, raw } = openEnvelope(bytes)
  const message = facts.message(apiVersion, kind)
  if (!message) throw badRequest(notRegistered(kind, apiVersion))
  return { kind, apiVersion, ...decodeMessage(raw, message) }
}

const noKind = (why: string): DecodeError => new DecodeError(`couldn't get version/kind; ${why}`)
const notRegistered = (kind: string, version: string): string =>
  `no kind "${kind}" is registered for version "${version}" in scheme "pkg/api/legacyscheme/scheme.go:30"`

/** What Go's decoder looks at first. */
const typeOnly = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

/** A value as an object that says the type it was asked to have. */
function typed(value: unknown, wanted: Identity, { facts }: Request): KubeObject {
  const object = (value ?? {}) as Partial<KubeObject>
  if (!isRecord(object))
    throw noKind(`json parse error: json: cannot unmarshal ${valueName(object)} into Go value of type ${typeOnly}`)
  for (const field of ['apiVersion', 'kind'] as const)
    if (typeof (object[field] ?? '') !== 'string')
      throw noKind(
        `json parse error: json: cannot unmarshal ${valueName(object[field])} into Go struct field .${field} of type string`,
      )
  const kind = object.kind || wanted.kind
  const version = object.apiVersion || apiVersion(wanted)
  if (version.split('/').length > 2) throw new DecodeError(`unexpected GroupVersion string: ${version}`)
  if (kind !== wanted.kind || version !== apiVersion(wanted))
    throw another(kind, version, wanted, facts.message(version, kind) !== undefined)
  return Object.assign(object, { kind, apiVersion: version }) as KubeObject
}

/** The refusal of an object of another type, one that exists or does not. */
function another(kind: string, groupVersion: string, wanted: Identity, exists: boolean): StatusError {
  const version = groupVersion.slice(groupVersion.indexOf('/') + 1)
  if (!exists) return cannotBeHandled(wanted, { kind, version }, notRegistered(kind, groupVersion))
  if (kind !== wanted.kind) return cannotBeHandled(wanted, { kind, version }, unconvertible(kind, version, wanted))
  return badRequest(
    `the API version in the data (${groupVersion}) does not match the expected API version (${apiVersion(wanted)})`,
  )
}

/** Why an object of one type cannot be taken for one of another. */
export const unconvertible = (kind: string, version: string, wanted: Identity): string =>
  `converting (${version}.${kind}) to (${wanted.group.split('.')[0] || 'core'}.${wanted.kind}): unknown conversion`

const cannotBeHandled = (wanted: Identity, { kind, version }: Pick<Kind, 'kind' | 'version'>, why: string): StatusError =>
  badRequest(`${kind} in version "${version}" cannot be handled as a ${wanted.kind}: ${why}`)

/** The beginning of a body, for a message. */
function summarize(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>'
  const start = bytes.subarray(0, 30)
  return `${bytes[0] === 0x7b ? start.toString() : start.toString('hex')}${bytes.length > 30 ? ' ...' : ''}`
}
