import { StatusError } from '#api/status.ts'

/** What a client wants to read: an encoding, and in JSON possibly another shape of the objects. */
export interface Media {
  readonly type: 'application/json' | 'application/yaml'
  readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList' | undefined
  /** The version of `as`: v1 of meta.k8s.io, v2 of apidiscovery.k8s.io. */
  readonly version: string | undefined
  /** Whether indented JSON was asked for. */
  readonly pretty: boolean
}

const served = ['application/json', 'application/yaml']
const shapes: Readonly<Record<string, readonly string[]>> = {
  Table: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
  PartialObjectMetadata: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
  PartialObjectMetadataList: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
  APIGroupDiscoveryList: ['apidiscovery.k8s.io/v2', 'apidiscovery.k8s.io/v2beta1'],
}

interface Clause {
  readonly type: string
  readonly params: Readonly<Record<string, string>>
  readonly quality: number
}

/** Chooses what to answer from an Accept header. Throws NotAcceptable, in upstream's words, if nothing fits. */
export function negotiate(accept: string | undefined, pretty: boolean): Media {
  if (!accept?.trim()) return { type: 'application/json', as: undefined, version: undefined, pretty }
  for (const { type, params } of clauses(accept)) {
    const encoding = type === '*/*' || type === 'application/*' || type === 'application/json' ? 'application/json' : type
    if (encoding !== 'application/json' && encoding !== 'application/yaml') continue
    const { as, g, v } = params
    if (as !== undefined && !shapes[as]?.includes(`${g}/${v}`)) continue
    return {
      type: encoding,
      as: as as Media['as'],
      version: v,
      pretty: pretty || params.pretty === '1' || params.pretty === 'true',
    }
  }
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${served.join(', ')}`)
}

/** The clauses of an Accept header, the most wanted first. */
function clauses(accept: string): Clause[] {
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
