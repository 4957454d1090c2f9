import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { isKnown } from '#apiserver/answer/caching.ts'
import type { Described, Document, Facts } from '#apiserver/facts.ts'
import type { Page, PageRequest } from '#apiserver/pipeline.ts'
import { clausesOf } from '#apiserver/request/negotiate.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { Resource } from '#apiserver/resource.ts'
import type { Registry } from '#apiserver/store/registry.ts'
import { acceptsGzip } from '#apiserver/wire/zip.ts'
import type { Clock } from '#machinery/clock.ts'
import { doorsOf, verbsOf } from './discovery.ts'

/** `/openapi/v2` and `/openapi/v3`. Documents are made when they are first asked for, and kept until what is served changes. */
export function openApiPages(registry: Registry, facts: Facts, clock: Clock): Page {
  let made: Documents | undefined
  return request => {
    const [root, version, ...where] = request.attributes.path.split('/').filter(Boolean)
    if (root !== 'openapi') return undefined
    if (made?.generation !== registry.generation) made = new Documents(registry, facts, made)
    if (version === 'v2') return where.length === 0 ? documentV2(request, made.v2) : undefined
    if (version !== 'v3') return undefined
    if (where.length === 0) return answer(request, made.index, 'json', 'application/json', {})
    const found = made.v3.get(where.join('/'))
    return found && documentV3(request, where.join('/'), found, clock)
  }
}

type Form = 'json' | 'protobuf'

const aYearMs = 365 * 24 * 3_600_000

/** The document of everything: zipped for who can read that (upstream: kube-openapi's handler.go). */
function documentV2(request: PageRequest, document: Kept): Answer {
  const form = formOf(request, 'v2')
  if (!form) return notAcceptable
  const zipped = acceptsGzip(request.headers)
  const vary = { vary: 'Accept, Accept-Encoding', ...(zipped && { 'content-encoding': 'gzip' }) }
  return answer(request, document, form, contentTypes[form].replace('vN', 'v2'), vary, zipped)
}

/** The document of a group version; who names its hash may keep it for ever (upstream: kube-openapi's handler3.go). */
function documentV3(request: PageRequest, path: string, document: Kept, clock: Clock): Answer {
  const form = formOf(request, 'v3')
  if (!form) return notAcceptable
  const hash = request.query.get('hash')
  const type = contentTypes[form].replace('vN', 'v3')
  if (!hash) return answer(request, document, form, type, { vary: 'Accept' })
  if (hash !== document.hash)
    return { code: 301, type, body: nothing, headers: { location: url(path, document), vary: 'Accept' } }
  return answer(request, document, form, type, {
    vary: 'Accept',
    'cache-control': 'public, immutable',
    expires: new Date(clock.now().getTime() + aYearMs).toUTCString(),
  })
}

function answer(
  { headers }: PageRequest,
  document: Kept,
  form: Form,
  type: string,
  more: Record<string, string>,
  zipped = false,
): Answer {
  const etag = `"${document.hash}"`
  if (isKnown(etag, headers)) return { code: 304, type, body: nothing, headers: { etag, ...more } }
  return { code: 200, type, body: document.bytes(form, zipped), headers: { etag, ...more } }
}

const contentTypes: Readonly<Record<Form, string>> = {
  json: 'application/json',
  protobuf: 'application/com.github.proto-openapi.spec.vN.v1.0+protobuf',
}

const nothing = Buffer.alloc(0)
const notAcceptable: Answer = { code: 406, type: 'text/plain; charset=utf-8', body: nothing, headers: { vary: 'Accept' } }

/** Which form a client reads; protobuf goes by two names, the older with an @. Nothing: neither. */
function formOf({ headers }: PageRequest, version: 'v2' | 'v3'): Form | undefined {
  for (const { type } of clausesOf(headers.accept || '*/*')) {
    if (type === '*/*' || type === 'application/*' || type === contentTypes.json) return 'json'
    if (type.replace('@', '.') === contentTypes.protobuf.replace('vN', version)) return 'protobuf'
  }
  return undefined
}

/** Where a document is as it is now. */
const url = (path: string, { hash }: Kept): string => `/openapi/v3/${path}?hash=${hash}`

/** Every document of what a registry serves. Those of group versions that are as they were before are taken over. */
class Documents {
  readonly generation: number
  readonly v2: Kept
  /** By path: `api/v1`, `apis/apps/v1`. */
  readonly v3 = new Map<string, Kept>()
  readonly index: Kept

  constructor(registry: Registry, facts: Facts, before: Documents | undefined) {
    this.generation = registry.generation
    const all: Described[] = []
    for (const [groupVersion, stores] of registry.groupVersions()) {
      const served = stores.map(({ resource }) => described(resource))
      const { kind: of } = stores[0]!.resource
      const path = `${of.group ? 'apis' : 'api'}/${groupVersion}`
      const document = new Kept(hashOf(facts.edition, served), () => facts.documentV3(of, served))
      const known = before?.v3.get(path)
      this.v3.set(path, known?.hash === document.hash ? known : document)
      all.push(...served)
    }
    this.v2 = new Kept(hashOf(facts.edition, all), () => facts.documentV2(all))
    const paths = Object.fromEntries([...this.v3].map(([path, each]) => [path, { serverRelativeURL: url(path, each) }]))
    const json = Buffer.from(JSON.stringify({ paths }))
    this.index = new Kept(hashOf(paths), () => ({ json, protobuf: () => json }))
  }
}

/** The bytes of a document, in each form made when first asked for. */
class Kept {
  readonly hash: string
  readonly #make: () => Document
  #document: Document | undefined
  readonly #bytes = new Map<string, Uint8Array>()

  constructor(hash: string, make: () => Document) {
    this.hash = hash
    this.#make = make
  }

  bytes(form: Form, zipped: boolean): Uint8Array {
    const name = `${form} ${zipped}`
    const known = this.#bytes.get(name)
    if (known) return known
    this.#document ??= this.#make()
    const plain = form === 'json' ? this.#document.json : this.#document.protobuf()
    const bytes = zipped ? gzipSync(plain) : plain
    this.#bytes.set(name, bytes)
    return bytes
  }
}

/** Another text whenever the document would be another: it is made of nothing but these. In upstream's form. */
const hashOf = (...of: unknown[]): string => createHash('sha512').update(JSON.stringify(of)).digest('hex').toUpperCase()

function described(resource: Resource): Described {
  const doors = Object.entries(doorsOf(resource)).map(
    ([name, { kind, verbs }]) => [name, { ...(kind && { kind }), verbs }] as const,
  )
  const { kind, returnsDeleted } = resource
  return { kind, verbs: verbsOf(resource), ...(returnsDeleted && { returnsDeleted }), subresources: Object.fromEntries(doors) }
}
