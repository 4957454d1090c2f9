import { badRequest } from '#api/status.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import { unescaped } from './request-header.ts'

/** Throws Forbidden unless the user may. */
type Authorize = (user: User, attributes: Attributes) => Promise<void>

const account = /^system:serviceaccount:([^:]+):([^:]+)$/
const everybody = ['system:authenticated', 'system:unauthenticated']

/**
 * Who a request wants to be taken for, by its Impersonate-… headers; the user itself where there are none. Whoever sends it
 * must have the right to impersonate every name in them (upstream: endpoints/filters/impersonation). `headers`: names and values
 * in turn, as they came.
 */
export async function impersonated(user: User, headers: readonly string[], authorize: Authorize): Promise<User> {
  const asked = requestsIn(headers)
  if (asked.length === 0) return user
  const named = (kind: string): string[] => asked.filter(each => each.kind === kind).map(({ value }) => value)
  const [name] = named('user')
  if (!name) throw badRequest(`requested ${asked.map(({ value }) => value).join(', ')} without impersonating a user`)
  for (const { kind, key, value } of asked) await authorize(user, attributesOf(kind, key, value))

  const [, namespace] = account.exec(name) ?? []
  const groups = named('group')
  if (groups.length === 0 && namespace) groups.push('system:serviceaccounts', `system:serviceaccounts:${namespace}`)
  if (name === 'system:anonymous') groups.push(...(groups.includes(everybody[1]!) ? [] : [everybody[1]!]))
  else if (!groups.some(group => everybody.includes(group))) groups.push(everybody[0]!)
  const extras = Map.groupBy(
    asked.filter(({ kind }) => kind === 'extra'),
    ({ key }) => key,
  )
  const extra = Object.fromEntries([...extras].map(([key, values]) => [key, values.map(({ value }) => value)]))
  const [uid] = named('uid')
  return { name, groups, extra, ...(uid && { uid }) }
}

/** One thing that a request wants to be, or to have. */
interface Asked {
  readonly kind: string
  /** Of an extra: which. */
  readonly key: string
  readonly value: string
}

function requestsIn(headers: readonly string[]): Asked[] {
  const asked: Asked[] = []
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [, kind, key = ''] = /^impersonate-(user|group|uid|extra)(?:-(.+))?$/i.exec(headers[at]!) ?? []
    if (kind) asked.push({ kind: kind.toLowerCase(), key: unescaped(key.toLowerCase()), value: headers[at + 1]! })
  }
  return asked
}

/** Impersonating as a request that can be authorized. */
function attributesOf(kind: string, key: string, value: string): Attributes {
  const base = {
    verb: 'impersonate',
    path: '',
    isResource: true,
    version: 'v1',
    namespace: '',
    name: value,
    subresource: key,
    group: '',
  }
  const [, namespace, name] = kind === 'user' ? (account.exec(value) ?? []) : []
  if (namespace && name) return { ...base, resource: 'serviceaccounts', namespace, name }
  if (kind === 'user' || kind === 'group') return { ...base, resource: `${kind}s` }
  return { ...base, group: 'authentication.k8s.io', resource: kind === 'uid' ? 'uids' : 'userextras' }
}
