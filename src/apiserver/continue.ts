import { badRequest } from '#api/status.ts'
import type { Revision } from '#storage/storage.ts'

/** Where a list goes on: at which revision, from which key on. */
export interface Place {
  readonly revision: Revision
  /** Behind the prefix of what is listed: `name\0`, or `namespace/name\0` for a list of all namespaces. */
  readonly start: string
}

/** A place as the token that a client hands back (upstream: storage/continue.go). */
export const tokenOf = ({ revision, start }: Place): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url')

/** The place of a token. Throws BadRequest for one that we did not make. */
export function placeOf(token: string): Place {
  const { v, rv, start } = parse(token)
  if (v !== 'meta.k8s.io/v1') throw refuse(`server does not recognize this encoded version ${v ?? ''}`)
  if (!Number.isSafeInteger(rv) || (rv as number) < 1)
    throw refuse('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  if (typeof start !== 'string' || start === '') throw refuse('encoded start key empty (version meta.k8s.io/v1)')
  if (/(^|\/)\.{0,2}(\/|$)/.test(start.replace(/^\//, ''))) throw refuse(start)
  return { revision: rv as number, start: start.replace(/^\//, '') }
}

function parse(token: string): { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown } {
  const stray = /[^A-Za-z0-9_-]/.exec(token)
  if (stray) throw refuse(`illegal base64 data at input byte ${stray.index}`)
  const text = Buffer.from(token, 'base64url').toString()
  try {
    return Object(JSON.parse(text))
  } catch {
    throw refuse('invalid character looking for beginning of value')
  }
}

const refuse = (why: string): Error => badRequest(`invalid continue token: continue key is not valid: ${why}`)
