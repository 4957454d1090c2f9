import { badRequest } from '#api/status.ts'
import type { Attributes } from '#apiserver/user.ts'
import { parseFieldSelector, requires } from '#machinery/field-selector.ts'
import { isTrue } from './query.ts'

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}
const many = new Set(['list', 'watch', 'deletecollection'])
/** What may follow `namespaces/NAME` without being a resource in that namespace. */
const namespaceDoors = new Set(['status', 'finalize'])

/**
 * Reads off method, path and query what a request asks for, before anything else happens
 * (upstream: apiserver/pkg/endpoints/request/requestinfo.go). Never looks at which resources exist.
 */
export function locate(method: string, path: string, query: URLSearchParams): Attributes {
  const parts = segments(path)
  const [root, ...rest] = parts
  const group = root === 'apis' ? rest.shift() : ''
  const version = rest.shift()
  const outside: Attributes = {
    verb: method.toLowerCase(),
    path,
    isResource: false,
    group: '',
    version: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
  }
  if ((root !== 'api' && root !== 'apis') || group === undefined || !version || rest.length === 0) return outside

  let verb = verbOfMethod[method] ?? ''
  // The old way: `/api/v1/watch/…`; and `/api/v1/proxy/…`, which is no more.
  if ((rest[0] === 'watch' || rest[0] === 'proxy') && rest.length > 1) verb = rest.shift()!
  let namespace = ''
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1]!
    if (rest.length > 2 && !namespaceDoors.has(rest[2]!)) rest.splice(0, 2)
  }
  const [resource = '', name = '', subresource = '', ...more] = rest
  if (parts.slice(0, parts.length - more.length).includes('')) return outside
  if (!name && verb === 'get') verb = isTrue(query.get('watch')) ? 'watch' : 'list'
  if (!name && verb === 'delete') verb = 'deletecollection'
  const target: Attributes = {
    verb,
    path,
    isResource: true,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...narrowed(verb, query),
  }
  // A list or watch narrowed to one name is authorized as that name.
  const only = !name && (verb === 'list' || verb === 'watch') && nameIn(query.get('fieldSelector') ?? '')
  if (only) return { ...target, name: only }
  return more.length > 0 ? { ...target, rest: more.join('/') } : target
}

/** The selectors of a request for many objects. */
function narrowed(verb: string, query: URLSearchParams): Pick<Attributes, 'fieldSelector' | 'labelSelector'> {
  if (!many.has(verb)) return {}
  const [fieldSelector, labelSelector] = [query.get('fieldSelector'), query.get('labelSelector')]
  return { ...(fieldSelector && { fieldSelector }), ...(labelSelector && { labelSelector }) }
}

/** The one name that a field selector lets pass, if it can be read and the name be one. */
function nameIn(selector: string): string | undefined {
  if (!selector.includes('metadata.name')) return undefined
  try {
    const name = requires(parseFieldSelector(selector), 'metadata.name')
    return name !== '.' && name !== '..' && !/[/%]/.test(name ?? '') ? name : undefined
  } catch {
    return undefined
  }
}

/** As upstream, escapes are undone first: an escaped slash is a slash. */
function segments(path: string): string[] {
  try {
    return decodeURIComponent(path)
      .replace(/^\/+|\/+$/g, '')
      .split('/')
  } catch {
    throw badRequest(`invalid URL escape in path ${JSON.stringify(path)}`)
  }
}
