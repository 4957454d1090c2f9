import type { IncomingHttpHeaders } from 'node:http'
import { StatusError } from '#api/status.ts'
import { type Encoded, encode, type MediaType, mediaTypes } from './encoding.ts'
import type { Facts } from './facts.ts'
import { isTrue } from './query.ts'

/** What a client wants to read: an encoding, and possibly another shape of the objects. */
export interface Media {
  readonly type: MediaType
  readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList' | undefined
  /** The version of `as`: v1 of meta.k8s.io, v2 of apidiscovery.k8s.io. */
  readonly version: string | undefined
  /** Whether indented JSON was asked for. */
  readonly pretty: boolean
  /** How protobuf carries a type. */
  readonly message: Facts['message']
  /** Any JSON value, in this encoding. */
  encode(value: unknown): Encoded
}

const protobuf = 'application/vnd.kubernetes.protobuf'
const shapes: Readonly<Record<string, readonly string[]>> = {
  Table: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
  PartialObjectMetadata: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
  PartialObjectMetadataList: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
  APIGroupDiscoveryList: ['apidiscovery.k8s.io/v2', 'apidiscovery.k8s.io/v2beta1'],
}

/** One wish of an Accept header. */
export interface Clause {
  readonly type: string
  readonly params: Readonly<Record<string, string>>
  readonly quality: number
}

/** What of a request says how its answer is to be. */
interface Wishes {
  readonly headers: IncomingHttpHeaders
  readonly query: URLSearchParams
}

/** Chooses what to answer from what a request says of itself. Throws NotAcceptable, in upstream's words, if nothing fits. */
export function negotiate(request: Wishes, message: Facts['message']): Media {
  const { accept } = request.headers
  const pretty = isPretty(request)
  if (!accept?.trim()) return media('application/json', {}, pretty, message)
  for (const { type, params } of clausesOf(accept)) {
    const encoding = type === '*/*' || type === 'application/*' || type === 'application/json' ? 'application/json' : type
    if (!mediaTypes.includes(encoding as MediaType)) continue
    const { as, g, v } = params
    if (as !== undefined && !shapes[as]?.includes(`${g}/${v}`)) continue
    // Tables and discovery have no protobuf form.
    if (encoding === protobuf && (as === 'Table' || as === 'APIGroupDiscoveryList')) continue
    return media(encoding as MediaType, params, pretty || params.pretty === '1' || params.pretty === 'true', message)
  }
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${mediaTypes.join(', ')}`)
}

/** An encoding and a shape, ready to encode. */
export const media = (type: MediaType, { as, v }: Clause['params'], pretty: boolean, message: Facts['message']): Media => ({
  type,
  as: as as Media['as'],
  version: v,
  pretty,
  message,
  encode: value => encode(value, type, pretty, message),
})

/** The clauses of an Accept header, the most wanted first. */
export function clausesOf(accept: string): Clause[] {
  return accept
    .split(',')
    .map(text => {
      const [type = '', ...rest] = text.split(';').map(part => part.trim())
      const params = Object.fromEntries(rest.map(part => part.split('=').map(side => side.trim()) as [string, string]))
      return { type: type.toLowerCase(), params, quality: Number(params.q ?? 1) }
    })
    .filter(({ type, quality }) => type && quality > 0)
    .sort((a, b) => b.quality - a.quality)
}

/** Indented answers for people: when asked, and for the tools that people type (upstream: isPrettyPrint). */
function isPretty({ query, headers }: Wishes): boolean {
  const asked = query.get('pretty')
  if (asked !== null) return isTrue(asked)
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '')
}
