import { StatusError } from '#api/status.ts'
import type { Authenticator } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'

/** Which headers of a front proxy say who its client is (upstream: --requestheader-…). Of several, the first that is there. */
export interface RequestHeader {
  /** The common names a proxy's certificate may have; none: any. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

/**
 * A front proxy that has authenticated its client says who that is, by headers. It is believed only if its own certificate is
 * of the front-proxy CA; from anybody else the headers mean nothing (upstream: authentication/request/headerrequest).
 */
export function requestHeader(names: RequestHeader, clock: Clock): Authenticator {
  return ({ certificate, headers }) => {
    if (!certificate?.authorities.includes('front-proxy')) return undefined
    const { allowedNames } = names
    const isAllowed = allowedNames.length === 0 || allowedNames.includes(certificate.commonName)
    if (!isAllowed || clock.now().getTime() > certificate.validUntil) throw new StatusError('Unauthorized', 'Unauthorized')
    const all = (wanted: readonly string[]): string[] => wanted.flatMap(name => valuesOf(headers, name)).filter(Boolean)
    const [name] = all(names.usernameHeaders)
    if (!name) return undefined
    const [uid] = all(names.uidHeaders)
    const extra = extraOf(headers, names.extraHeaderPrefixes)
    return { name, groups: all(names.groupHeaders), extra, ...(uid && { uid }) }
  }
}

/** Every value of a header, in the order in which they came. `headers`: names and values in turn. */
function valuesOf(headers: readonly string[], name: string): string[] {
  const wanted = name.toLowerCase()
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]!.toLowerCase() === wanted)
}

function extraOf(headers: readonly string[], prefixes: readonly string[]): Record<string, string[]> {
  const found = new Map<string, string[]>()
  for (const prefix of prefixes.map(each => each.toLowerCase()))
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at]!.toLowerCase()
      if (!name.startsWith(prefix)) continue
      const key = unescaped(name.slice(prefix.length))
      found.set(key, [...(found.get(key) ?? []), headers[at + 1]!])
    }
  return Object.fromEntries(found)
}

/** A key as it is meant; one whose escapes are broken, as it came. */
export function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
