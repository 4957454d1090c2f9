import { apiVersion, type Kind, path as pathOf } from '#api/kind.ts'
import type { Facts } from '#apiserver/facts.ts'
import { encodeMessage, sealEnvelope } from '#machinery/codec/encode.ts'
import { resources } from '#resources/index.ts'
import { generate } from './generate.ts'
import { type Good, good } from './good.ts'
import { gzipBomb, oddHeaders, oddQueries, oddSelectors } from './hostile.ts'
import { type Mutations, mutations } from './mutate.ts'
import type { Random } from './random.ts'

/** A request that somebody may send. */
export interface Wish {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}

const protobuf = 'application/vnd.kubernetes.protobuf'
const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** Makes one bad request after the other. `dry`: such as ask for nothing to be stored. */
export function wishes(random: Random, facts: Facts): (dry: boolean) => Wish {
  const mutate = mutations(random)
  const { chance, pick } = random
  return dry => {
    const from = chance(0.5) ? pick(good) : generated(random, facts)
    const method = chance(0.95) ? from.method : pick(methods)
    const { type, body: made } = bodyOf(from, random, mutate, facts)
    // Options in the body of a delete hide those of its query.
    const body = dry && method === 'DELETE' ? undefined : made
    const writes = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
    const plain = chance(0.15) ? mutate.path(from.path) : from.path
    return {
      method,
      path: withQuery(plain, [...odd(random), ...(dry && writes ? ['dryRun=All'] : [])]),
      headers: { ...(body && { 'content-type': type }), ...(chance(0.2) && pick(oddHeaders)) },
      ...(body && { body }),
    }
  }
}

/** A request about a kind that is served, with an object that has its shape. */
function generated({ pick, chance, ...random }: Random, facts: Facts): Good {
  const { kind } = pick(resources)
  const object: Record<string, unknown> = { ...(generate(facts.schema(kind) ?? {}, { pick, chance, ...random }) as object) }
  if (chance(0.9)) object.metadata = { name: 'm', ...(chance(0.3) && (object.metadata as object)) }
  if (chance(0.9)) Object.assign(object, { kind: kind.kind, apiVersion: undefined })
  const collection = collectionOf(kind)
  if (chance(0.8)) return { method: 'POST', path: collection, body: object }
  const name = pick(['a', 'p', 'd', 's', 'n', 'default', 'm'])
  return {
    method: pick(['PUT', 'PATCH', 'GET', 'DELETE']),
    path: `${collection}/${name}${pick(['', '', '/status', '/scale'])}`,
    body: object,
  }
}

function bodyOf(from: Good, random: Random, mutate: Mutations, facts: Facts): { type: string; body?: Buffer } {
  const { chance, pick } = random
  const type =
    from.type ??
    (from.method === 'PATCH'
      ? 'application/merge-patch+json'
      : pick(['application/json', 'application/json', 'application/yaml']))
  if (!from.body) return { type }
  if (chance(0.002)) return { type, body: gzipBomb }
  const packed = chance(0.25) && packedOf(from, facts)
  if (packed) return { type: protobuf, body: chance(0.9) ? mutate.bytes(packed) : Buffer.from(packed) }
  const text = JSON.stringify(from.body)
  const body = Buffer.from(chance(0.85) ? mutate.text(text) : text)
  // Now and then bytes that are no text.
  return { type, body: chance(0.05) ? mutate.bytes(body) : body }
}

/** The body of a request as protobuf, where it can be one: that of an object of the kind that its path lists. */
function packedOf({ path, body }: Good, facts: Facts): Uint8Array | undefined {
  const kind = resources.map(each => each.kind).find(each => collectionOf(each) === path)
  const message = kind && facts.message(apiVersion(kind), kind.kind)
  if (!message) return undefined
  try {
    return sealEnvelope(
      { apiVersion: apiVersion(kind), kind: kind.kind },
      encodeMessage(body as Record<string, unknown>, message),
    )
  } catch {
    // What is generated may hold what no protobuf can.
    return undefined
  }
}

const collectionOf = (kind: Kind): string => pathOf(kind, kind.scope === 'Namespaced' ? 'default' : undefined)

/** Parts of a query that say too much, too little or nonsense. */
function odd({ chance, pick }: Random): string[] {
  const parts: string[] = []
  if (chance(0.2)) parts.push(pick(oddQueries))
  if (chance(0.08)) parts.push(`${pick(['labelSelector', 'fieldSelector'])}=${encodeURIComponent(pick(oddSelectors))}`)
  return parts
}

const withQuery = (path: string, parts: readonly string[]): string =>
  parts.length === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}${parts.join('&')}`
