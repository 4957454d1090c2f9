import { apiVersion } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { badRequest, type Status, StatusError } from '#api/status.ts'
import type { Media } from '#apiserver/request/negotiate.ts'
import type { Answer, Request } from '#apiserver/request/request.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Form, Store } from '#apiserver/store/store.ts'
import type { Item } from '#cache/cache.ts'
import type { Clock } from '#machinery/clock.ts'
import { encodeItem, encodeMessage, sealList } from '#machinery/codec/encode.ts'
import { decode } from '#machinery/json.ts'
import type { ListMeta } from './page.ts'
import { partial, partialJson } from './partial.ts'
import { type IncludeObject, table } from './table.ts'

/** How a client wants to see objects. */
export interface View {
  readonly accept: Media
  readonly include: IncludeObject
  /** What tables say may depend on the time. */
  readonly clock: Pick<Clock, 'now'>
}

/** Reads off a request how it wants to see objects. Throws BadRequest for an includeObject that does not exist. */
export function viewOf({ accept, query }: Request, clock: View['clock']): View {
  const include = query.get('includeObject') ?? 'Metadata'
  if (include !== 'None' && include !== 'Metadata' && include !== 'Object')
    throw badRequest(`unrecognized includeObject value: "${include}"`)
  return { accept, include, clock }
}

/** Any JSON value, in the client's encoding. */
export function answerValue(code: number, value: unknown, accept: Media, headers?: Answer['headers']): Answer {
  const { type, bytes } = accept.encode(value)
  const body = type === 'application/json' && !accept.pretty ? asLine(bytes) : bytes
  return { code, type, body, ...(headers && { headers }) }
}

/** JSON as it is answered where it is not indented: a line, as upstream's encoder has it. */
export const asLine = (json: Uint8Array): Buffer => Buffer.concat([json, newline])
const newline = Buffer.from('\n')

/** Text for people and probes. */
export const answerText = (code: number, text: string): Answer => ({
  code,
  type: 'text/plain; charset=utf-8',
  body: Buffer.from(text),
  headers: { 'x-content-type-options': 'nosniff' },
})

/** One object, as it is or in the shape the client asked for. */
export function answerItem(code: number, item: Item, form: Form, view: View): Answer {
  const { accept } = view
  const { version = 'v1' } = accept
  const { resource } = form
  if (accept.as === 'Table') {
    const { resourceVersion } = item.object.metadata
    return answerTable(code, [item], { resourceVersion }, form, view)
  }
  if (accept.as === 'PartialObjectMetadataList') throw notOfShape(accept.as, `not a list (${goType(resource)})`)
  if (accept.as === 'PartialObjectMetadata') return answerValue(code, partial(item.object, version), accept)
  if (!isLine(accept)) return answerValue(code, item.object, accept)
  return { code, type: accept.type, body: asLine(item.bytes ?? Buffer.from(JSON.stringify(item.object))) }
}

/** A list, joined from the bytes of its items. */
export function answerList(items: readonly Item[], metadata: ListMeta, store: Form, view: View): Answer {
  const { resource, stored } = store
  const { accept } = view
  const { version = 'v1' } = accept
  if (accept.as === 'Table') return answerTable(200, items, metadata, store, view)
  if (accept.as === 'PartialObjectMetadata') throw notOfShape(accept.as, `a list (${goType(resource)}List)`)
  if (accept.as === 'PartialObjectMetadataList') {
    const head = { kind: accept.as, apiVersion: `meta.k8s.io/${version}`, metadata }
    if (isLine(accept)) return joined(head, items, partialJson(store, version))
    return answerValue(200, { ...head, items: items.map(item => partial(item.object, version)) }, accept)
  }
  const head = { kind: `${resource.kind.kind}List`, apiVersion: apiVersion(resource.kind), metadata }
  if (accept.type === 'application/vnd.kubernetes.protobuf') return packedList(items, head, store, accept)
  if (!isLine(accept)) {
    const list = items.map(({ object: { kind: _, apiVersion: __, ...rest } }) => rest)
    return answerValue(200, { ...head, items: list }, accept)
  }
  return joined(head, items, item => [opening, stored.listed(item.bytes!)])
}

/** A list in JSON, joined from that of its items. */
function joined(head: ListHead, items: readonly Item[], json: (item: Item) => readonly Uint8Array[]): Answer {
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)]
  items.forEach((item, at) => {
    if (at > 0) parts.push(comma)
    parts.push(...json(item))
  })
  parts.push(closing)
  return { code: 200, type: 'application/json', body: parts }
}

/** A table is joined as JSON; whoever wants it in another encoding has it encoded anew. */
function answerTable(
  code: number,
  items: readonly Item[],
  metadata: object,
  form: Form,
  { accept, include, clock }: View,
): Answer {
  const parts = table(form, items, { metadata, version: accept.version ?? 'v1', include, now: clock.now() })
  if (isLine(accept)) return { code, type: accept.type, body: [...parts, newline] }
  return answerValue(code, decode(Buffer.concat(parts)), accept)
}

const notOfShape = (asked: string, what: string): StatusError =>
  new StatusError('NotAcceptable', `you requested ${asked}, but the requested object is ${what}`)

/** What upstream's program calls the type of a kind's objects. */
function goType({ kind, conversion }: Resource): string {
  const { group, kind: name } = conversion?.stored ?? kind
  return `*${group.split('.')[0] || 'core'}.${name}`
}

/** A protobuf list, joined from the bytes of its items. */
function packedList(items: readonly Item[], head: ListHead, store: Form, { type, message }: Media): Answer {
  const { kind } = store.resource
  const each = message(apiVersion(kind), kind.kind)!
  const packed = items.map(item =>
    store.encodings.packed(item, () => encodeItem(encodeMessage(item.object as unknown as Record<string, unknown>, each))),
  )
  const metadata = encodeMessage({ ...head.metadata }, message('v1', 'ListMeta')!)
  return { code: 200, type, body: sealList(head, metadata, packed) }
}

interface ListHead {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: ListMeta
}

const opening = Buffer.from('{')
const comma = Buffer.from(',')
const closing = Buffer.from(']}\n')

/** A refusal in the client's encoding; indented JSON where it asks for none that there is, or only for other shapes. */
export function answerError(error: StatusError, accept: Media | undefined): Answer {
  const retry = error.details?.retryAfterSeconds
  const headers = retry ? { 'retry-after': String(retry) } : undefined
  if (accept) return answerValue(error.code, error.status, accept, headers)
  const body = Buffer.from(JSON.stringify(error.status, null, 2))
  return { code: error.code, type: 'application/json', body, ...(headers && { headers }) }
}

/** metav1.Status Success about an object, for writes that leave no object to show. */
export function success(item: KubeObject, { resource: { kind } }: Store): Status {
  const { name, uid } = item.metadata
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: name ?? '', ...(kind.group && { group: kind.group }), kind: kind.plural, ...(uid && { uid }) },
  }
}

/** Whether JSON is answered as it is joined. */
const isLine = ({ type, pretty }: Media): boolean => type === 'application/json' && !pretty
