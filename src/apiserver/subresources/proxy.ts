import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { badRequest, StatusError } from '#api/status.ts'
import { answerText } from '#apiserver/answer/answer.ts'
import type { Answer, Request } from '#apiserver/request/request.ts'
import type { Subresource } from '#apiserver/resource.ts'
import { dialProblem } from '#apiserver/wire/dial-problem.ts'
import { type Backend, join, passedBack, send } from '#apiserver/wire/forward.ts'

/** Finds the backend that a name in a proxy's path means. Throws StatusError. */
export type Locate = (request: Request) => Promise<Backend> | Backend

/** `pods/NAME/proxy`, `services/NAME/proxy`, `nodes/NAME/proxy`: passes on any method, at any path (upstream: apimachinery/pkg/util/proxy). */
export const proxy = (kind: string, locate: Locate): Subresource => ({
  kind: { group: '', version: 'v1', kind },
  verbs: ['create', 'delete', 'get', 'patch', 'update'],
  passesOn: true,
  async handle(request) {
    if (request.query.has('dryRun')) throw badRequest('dryRun is not supported')
    const { path, search, below } = target(request)
    const backend = await locate(request)
    // Relative links of the root page would miss the door without the slash.
    if (!below && !request.upgrade && (request.method === 'GET' || request.method === 'HEAD')) return moved(`${path}/${search}`)
    const door = below ? path.slice(0, -below.length) : path
    const headers = { ...passedOn(request, path), ...(backend.name && { host: backend.name }) }
    const errand = { path: `${below || '/'}${search}`, headers }
    const unreachable = (error: Error): never => {
      throw new StatusError('ServiceUnavailable', `error trying to reach service: ${dialProblem(error, backend)}`)
    }
    const { upgrade } = request
    const answer = await (upgrade
      ? join(request, upgrade.socket, upgrade.head, backend, errand)
      : send(request, backend, errand)
    ).catch(unreachable)
    if (!answer) return undefined
    return passedBack(request, answer, answer.headers['content-type'] ?? '', comingBack(answer.headers, door, backend, headers))
  },
})

/** The path that was asked for, with its escapes, its query, and what of it is below the door. */
function target({ raw, attributes: { rest = '' } }: Request): { path: string; search: string; below: string } {
  const [, path = '', search = ''] = /^([^?]*)(.*)$/s.exec(raw.url ?? '') ?? []
  const below = (rest && `/${escaped(rest)}`) + (path.endsWith('/') ? '/' : '')
  const before = escaped(decodeURIComponent(path)).replace(/\/$/, '')
  return { path: before + (path.endsWith('/') ? '/' : ''), search, below }
}

/** A path with the escapes that it must have. */
const escaped = (path: string): string => encodeURI(path).replace(/[?#]/g, encodeURIComponent)

const moved = (location: string): Answer => ({ ...answerText(301, ''), headers: { location } })

/** Not for the next one: what belongs to this connection, and what the sender proved themselves by. */
const ownHeaders =
  /^(:.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|authorization|impersonate-.*)$/
const notPassedBack =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-type|location|access-control-allow-(credentials|headers|methods|origin))$/

function passedOn({ headers, raw, upgrade }: Request, path: string): IncomingHttpHeaders {
  const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.test(name)))
  const { 'x-forwarded-for': before, ':authority': authority } = headers
  const sender = raw.socket.remoteAddress
  return {
    ...passed,
    ...(authority && { host: String(authority) }),
    ...(sender && { 'x-forwarded-for': [before ?? [], sender].flat().join(', ') }),
    'x-forwarded-uri': path,
    ...(upgrade && { connection: headers.connection ?? 'Upgrade', upgrade: headers.upgrade ?? '' }),
  }
}

function comingBack(
  headers: IncomingHttpHeaders,
  door: string,
  { host, port }: Backend,
  { host: asked }: IncomingHttpHeaders,
): NonNullable<Answer['headers']> {
  const back: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !notPassedBack.test(name)) back[name] = value
  if (headers.location) back.location = redirected(headers.location, door, [`${host}:${port}`, host, asked ?? ''])
  return back
}

/** A redirection of a backend to itself, led through the door; any other as it is. */
function redirected(location: string, door: string, own: readonly string[]): string {
  const [, scheme = '', host, path = '/'] = /^([a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)(.*)$/is.exec(location) ?? []
  if (host === undefined) return location.startsWith('/') && !location.startsWith(door) ? door + location : location
  if (!own.includes(host) || !/^(https?:)?$/i.test(scheme)) return location
  return path.startsWith(door) ? path : door + (path.startsWith('/') ? path : `/${path}`)
}

/** The parts of `NAME`, `NAME:PORT` and `SCHEME:NAME:PORT`. Throws BadRequest. */
export function parts(id: string, what: string): { protocol: Backend['protocol']; name: string; port: string } {
  const [first = '', second, third, ...more] = id.split(':')
  const [scheme, name, port] = third === undefined ? ['', first, second ?? ''] : [first, second!, third]
  if (more.length > 0 || !name || !['', 'http', 'https'].includes(scheme))
    throw badRequest(`invalid ${what} request ${JSON.stringify(id)}`)
  return { protocol: scheme === 'https' ? 'https:' : 'http:', name, port }
}

/** Addresses that only this machine or its link has: nobody may reach them through the API server (upstream: proxyutil.IsProxyableIP). */
const hidden = new BlockList()
hidden.addSubnet('127.0.0.0', 8)
hidden.addSubnet('169.254.0.0', 16)
hidden.addSubnet('224.0.0.0', 4)
hidden.addAddress('0.0.0.0')
hidden.addAddress('255.255.255.255')
hidden.addAddress('::', 'ipv6')
hidden.addAddress('::1', 'ipv6')
hidden.addSubnet('fe80::', 10, 'ipv6')
hidden.addSubnet('ff00::', 8, 'ipv6')

/** A backend at an address in the cluster. Throws BadRequest for one that is not to be reached, and for a port that is none. */
export function inCluster(protocol: Backend['protocol'], host: string, port: string): Backend {
  const family = isIP(host)
  if (family === 0 || hidden.check(host, family === 6 ? 'ipv6' : 'ipv4')) throw badRequest('address not allowed')
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
  if (!/^\d*$/.test(port) || number > 65_535)
    throw new StatusError('ServiceUnavailable', `error trying to reach service: dial tcp: lookup tcp/${port}: unknown port`)
  // What pods serve is signed by nobody the API server knows.
  return { protocol, host, port: number, agent: false, rejectUnauthorized: false }
}
