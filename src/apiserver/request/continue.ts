import { badRequest } from '#api/status.ts'
import { DecodeError, decode } from '#machinery/json.ts'
import type { Revision } from '#storage/storage.ts'

/** Where a list goes on: at which revision (undefined: the newest, whatever has changed since the first page), from which key on. */
export interface Place {
  readonly revision: Revision | undefined
  /** Behind the prefix of what is listed: `name\0`, or `namespace/name\0` for a list of all namespaces. */
  readonly start: string
}

/** A place as the token that a client hands back (upstream: storage/continue.go). */
export const tokenOf = ({ revision, start }: Place): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision ?? -1, start })).toString('base64url')

/** The place of a token. Throws BadRequest for one that we did not make. */
export function placeOf(token: string): Place {
  const { v, rv, start } = parse(token)
  if (v !== 'meta.k8s.io/v1') throw refuse(`server does not recognize this encoded version ${v ?? ''}`)
  if (!Number.isSafeInteger(rv) || rv === 0) throw refuse('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  if (typeof start !== 'string' || start === '') throw refuse('encoded start key empty (version meta.k8s.io/v1)')
  if (/(^|\/)\.{0,2}(\/|$)/.test(start.replace(/^\//, ''))) throw refuse(start)
  return { revision: (rv as number) > 0 ? (rv as number) : undefined, start: start.replace(/^\//, '') }
}

function parse(token: string): { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown } {
  const stray = /[^A-Za-z0-9_-]/.exec(token)
  if (stray) throw refuse(`illegal base64 data at input byte ${stray.index}`)
  try {
    return Object(decode(Buffer.from(token, 'base64url')))
  } catch (error) {
    throw error instanceof DecodeError ? refuse(error.message) : error
  }
}

const refuse = (why: string): Error => badRequest(`invalid continue token: continue key is not valid: ${why}`)
