import type { Kind } from '#api/kind.ts'
import { type Parameter, parametersOf, pathParameter, pretty } from './parameters.ts'
import type { Served, ServedSubresource } from './served.ts'

type Identity = Pick<Kind, 'group' | 'version' | 'kind'>
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** One thing that can be done at a path, in the form that v2 and v3 share. */
export interface Operation {
  readonly path: string
  readonly method: Method
  readonly id: string
  readonly tag: string
  readonly description: string
  /** Upstream's x-kubernetes-action. */
  readonly action: string
  readonly identity: Identity
  readonly parameters: readonly Parameter[]
  /** What is sent. `Patch` may be any kind of patch. */
  readonly body?: { readonly type: Identity; readonly required: boolean }
  readonly codes: readonly (200 | 201 | 202)[]
  /** What is answered; nothing is bytes or text. */
  readonly answer?: Identity
  /** Whether the answer may be a stream of watch events. */
  readonly streams?: boolean
}

const meta = (kind: string): Identity => ({ group: 'meta.k8s.io', version: 'v1', kind })

/** What verbs are over HTTP, and what upstream calls them. */
const actions = {
  get: { method: 'get', action: 'get', id: 'read', codes: [200] },
  create: { method: 'post', action: 'post', id: 'create', codes: [200, 201, 202] },
  update: { method: 'put', action: 'put', id: 'replace', codes: [200, 201] },
  patch: { method: 'patch', action: 'patch', id: 'patch', codes: [200, 201] },
  delete: { method: 'delete', action: 'delete', id: 'delete', codes: [200, 202] },
  list: { method: 'get', action: 'list', id: 'list', codes: [200] },
  deletecollection: { method: 'delete', action: 'deletecollection', id: 'delete', codes: [200] },
} as const

type Verb = keyof typeof actions

/** Everything that can be done with a resource and its subresources. */
export function* operations(served: Served): Generator<Operation> {
  const { kind, verbs } = served
  const namespaced = kind.scope === 'Namespaced'
  const base = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`
  const inNamespace = namespaced ? '/namespaces/{namespace}' : ''
  const collection = `${base}${inNamespace}/${kind.plural}`
  const has = (verb: string): boolean => verbs.includes(verb)
  const word = namespaced ? 'Namespaced' : ''

  for (const verb of ['create', 'list', 'deletecollection'] as const) {
    if (has(verb))
      yield operation(served, verb, collection, `${verb === 'deletecollection' ? 'Collection' : ''}${word}${kind.kind}`)
  }
  if (has('list') && namespaced) yield operation(served, 'list', `${base}/${kind.plural}`, `${kind.kind}ForAllNamespaces`)
  for (const verb of ['get', 'update', 'patch', 'delete'] as const) {
    if (has(verb)) yield operation(served, verb, `${collection}/{name}`, `${word}${kind.kind}`)
  }
  if (has('watch')) {
    yield watch(served, `${base}/watch${inNamespace}/${kind.plural}`, `${word}${kind.kind}List`)
    yield watch(served, `${base}/watch${inNamespace}/${kind.plural}/{name}`, `${word}${kind.kind}`)
    if (namespaced) yield watch(served, `${base}/watch/${kind.plural}`, `${kind.kind}ListForAllNamespaces`)
  }
  for (const [name, door] of Object.entries(served.subresources ?? {})) {
    yield* doorOperations(served, name, door, `${collection}/{name}/${name}`, `${word}${kind.kind}`)
  }
}

function operation(served: Served, verb: Verb, path: string, what: string): Operation {
  const { kind } = served
  const { method, action, id, codes } = actions[verb]
  const list = { ...kind, kind: `${kind.kind}List` }
  const deleted = served.returnsDeleted ? kind : meta('Status')
  const body = bodyOf(verb, kind)
  return {
    path,
    method,
    action,
    codes,
    id: `${id}${groupVersion(kind)}${what}`,
    tag: tagOf(kind),
    description: describe(verb, kind.kind),
    identity: identityOf(kind),
    parameters: [...parametersOf[action]!, ...inPath(path, kind.kind), pretty],
    ...(body && { body }),
    answer: verb === 'list' ? list : verb === 'delete' ? deleted : verb === 'deletecollection' ? meta('Status') : kind,
    ...(verb === 'list' && { streams: true }),
  }
}

/** The paths under /watch, which old clients use. */
const watch = (served: Served, path: string, what: string): Operation => ({
  path,
  method: 'get',
  id: `watch${groupVersion(served.kind)}${what}`,
  tag: tagOf(served.kind),
  description: `watch changes of kind ${served.kind.kind}. deprecated: use the 'watch' parameter with a list operation instead.`,
  action: path.endsWith('{name}') ? 'watch' : 'watchlist',
  identity: identityOf(served.kind),
  parameters: [...parametersOf.list!, ...inPath(path, served.kind.kind), pretty],
  codes: [200],
  answer: meta('WatchEvent'),
  streams: true,
})

function* doorOperations(
  served: Served,
  name: string,
  door: ServedSubresource,
  path: string,
  what: string,
): Generator<Operation> {
  const { kind } = served
  const identity = identityOf(door.kind ?? kind)
  const word = groupVersion(kind)
  const whole = what + capital(name)
  for (const verb of ['get', 'create', 'update', 'patch', 'delete'] as const) {
    if (!door.verbs.includes(verb)) continue
    if (identity.kind.endsWith('Options')) {
      const { method } = actions[verb]
      yield {
        path,
        method,
        id: `connect${word}${capital(method)}${whole}`,
        tag: tagOf(kind),
        description: `connect ${method.toUpperCase()} requests to ${name} of ${kind.kind}`,
        action: 'connect',
        identity,
        parameters: inPath(path, identity.kind),
        codes: [200],
      }
    } else {
      const main = operation({ ...served, kind: { ...kind, ...identity } }, verb, path, '')
      const id = `${actions[verb].id}${word}${whole}`
      yield { ...main, id, tag: tagOf(kind), description: describeDoor(verb, name, kind.kind) }
    }
  }
}

function bodyOf(verb: Verb, kind: Identity): Operation['body'] {
  if (verb === 'create' || verb === 'update') return { type: identityOf(kind), required: true }
  if (verb === 'patch') return { type: meta('Patch'), required: true }
  return verb === 'delete' || verb === 'deletecollection' ? { type: meta('DeleteOptions'), required: false } : undefined
}

const inPath = (path: string, kind: string): Parameter[] => [
  ...(path.includes('{name}') ? [pathParameter('name', `name of the ${kind}`)] : []),
  ...(path.includes('{namespace}')
    ? [pathParameter('namespace', 'object name and auth scope, such as for teams and projects')]
    : []),
]

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const article = (kind: string): string => (/^[AEIOU]/.test(kind) ? `an ${kind}` : `a ${kind}`)

function describe(verb: Verb, kind: string): string {
  switch (verb) {
    case 'get':
      return `read the specified ${kind}`
    case 'list':
      return `list or watch objects of kind ${kind}`
    case 'update':
      return `replace the specified ${kind}`
    case 'patch':
      return `partially update the specified ${kind}`
    case 'deletecollection':
      return `delete collection of ${kind}`
    default:
      return `${verb} ${article(kind)}`
  }
}

const describeDoor = (verb: Verb, door: string, kind: string): string =>
  verb === 'create' || verb === 'delete'
    ? `${verb} ${door} of ${article(kind)}`
    : describe(verb, kind).replace('the', `${door} of the`)

const identityOf = ({ group, version, kind }: Identity): Identity => ({ group, kind, version })

/** `Core`, `RbacAuthorization`: a group as operations are named after it. */
const groupWord = (group: string): string =>
  (group.replace(/\.k8s\.io$/, '') || 'core').replace(/(?:^|[.-])(.)/g, (_, letter: string) => letter.toUpperCase())

const groupVersion = ({ group, version }: Identity): string => groupWord(group) + capital(version)

/** `rbacAuthorization_v1` */
export const tagOf = ({ group, version }: Pick<Identity, 'group' | 'version'>): string => {
  const word = groupWord(group)
  return `${word.charAt(0).toLowerCase()}${word.slice(1)}_${version}`
}

/** `getCoreV1APIResources` */
export const discoveryId = (of: Pick<Identity, 'group' | 'version'>): string =>
  `get${groupVersion({ ...of, kind: '' })}APIResources`
