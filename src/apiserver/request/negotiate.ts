import type { IncomingHttpHeaders } from 'node:http'
import { StatusError } from '#api/status.ts'
import { type Encoded, encode, type MediaType, mediaTypes } from '#apiserver/answer/encoding.ts'
import type { Facts } from '#apiserver/facts.ts'
import { remembering } from '#machinery/remember.ts'

/** What a client wants to read: an encoding, and possibly another shape of the objects. */
export interface Media {
  readonly type: MediaType
  readonly as: Shape['as'] | undefined
  /** The version of `as`: v1 of meta.k8s.io, v2 of apidiscovery.k8s.io. */
  readonly version: string | undefined
  /** Whether indented JSON was asked for. */
  readonly pretty: boolean
  /** How protobuf carries a type. */
  readonly message: Facts['message']
  /** Any JSON value, in this encoding. */
  encode(value: unknown): Encoded
}

/** Another shape in which something may be answered. */
export interface Shape {
  readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList'
  readonly group: string
  readonly version: string
}

/** Whether a door answers in a shape, in an encoding; no shape is its own (upstream: EndpointRestrictions). */
export type Allows = (shape: Partial<Shape> | undefined, type: MediaType) => boolean

/** What of a request says how its answer is to be. */
export interface Wishes {
  readonly headers: IncomingHttpHeaders
  readonly query: URLSearchParams
}

/** Objects come as they are, as Tables in what has no fixed message, and without all but their metadata. */
export const objectShapes: Allows = (shape, type) => {
  if (!shape) return true
  if (shape.group !== 'meta.k8s.io' || (shape.version !== 'v1' && shape.version !== 'v1beta1')) return false
  if (shape.as === 'Table') return type !== 'application/vnd.kubernetes.protobuf'
  return shape.as === 'PartialObjectMetadata' || shape.as === 'PartialObjectMetadataList'
}

/** Whatever comes in no shape but its own: Statuses, lists of groups. */
export const asItIs: Allows = shape => shape === undefined

/** Chooses what to answer from what a request says of itself. Throws NotAcceptable, in upstream's words, if nothing fits. */
export function negotiate(request: Wishes, message: Facts['message'], allows: Allows): Media {
  checkAccept(request, mediaTypes)
  const found = chosen(request, message, allows)
  if (found) return found
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${mediaTypes.join(', ')}`)
}

/** Refuses who reads none of these types, as upstream's router does before anything else: it knows no shapes, and no `application/*`. */
export function checkAccept({ headers: { accept } }: Wishes, types: readonly string[]): void {
  if (!accept) return
  if (rangesOf(accept).some(type => type === '*/*' || types.includes(type))) return
  throw new StatusError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`, {})
}

const rangesOf = remembering((accept): readonly string[] => accept.split(',').map(clause => clause.split(';')[0]!.trim()))

/** The same; nothing where nothing fits. */
export function chosen(request: Wishes, message: Facts['message'], allows: Allows): Media | undefined {
  const { accept } = request.headers
  const pretty = isPretty(request)
  if (!accept) return media('application/json', undefined, pretty, message)
  for (const { type, params } of clausesOf(accept)) {
    for (const offered of mediaTypes) {
      if (type !== offered && type !== '*/*' && type !== 'application/*') continue
      const { as, g, v, stream, sv } = params
      const shape = (as ?? g ?? v) !== undefined ? ({ as, group: g, version: v } as Partial<Shape>) : undefined
      if (!allows(shape, offered)) continue
      if (stream && (stream !== 'watch' || offered === 'application/yaml')) continue
      if (sv && sv !== 'v1') continue
      return media(offered, shape as Shape | undefined, pretty || params.pretty === '1', message)
    }
  }
  return undefined
}

/** An encoding and a shape, ready to encode. */
export const media = (type: MediaType, shape: Shape | undefined, pretty: boolean, message: Facts['message']): Media => ({
  type,
  as: shape?.as,
  version: shape?.version,
  pretty,
  message,
  encode: value => encode(value, type, pretty, message),
})

/** One wish of an Accept header. */
export interface Clause {
  readonly type: string
  readonly params: Readonly<Record<string, string>>
}

/** The clauses of an Accept header, the most wanted first; of those wanted alike, the more exact first (upstream: goautoneg). */
export const clausesOf = remembering((accept): readonly Clause[] => {
  const clauses = accept.split(',').flatMap(text => {
    const [range = '', ...rest] = text.split(';').map(part => part.trim())
    const type = range === '*' ? '*/*' : range
    if (type.split('/').length !== 2) return []
    const params = Object.fromEntries(rest.flatMap(part => (part.includes('=') ? [pairOf(part)] : [])))
    return [{ type, params, quality: params.q === undefined ? 1 : Number(params.q) || 0 }]
  })
  return clauses.sort((a, b) => b.quality - a.quality || exactness(b.type) - exactness(a.type))
})

const pairOf = (text: string): [string, string] => {
  const at = text.indexOf('=')
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

const exactness = (type: string): number => (type === '*/*' ? 0 : type.endsWith('/*') ? 1 : 2)

/** Indented answers for people: when asked, and for the tools that people type (upstream: isPrettyPrint). */
function isPretty({ query, headers }: Wishes): boolean {
  const asked = query.get('pretty')
  if (asked) return /^(1|t|T|true|TRUE|True)$/.test(asked)
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '')
}
