import { type Overload, overload } from '#machinery/cel/overload.ts'
import { EntryMap, EvaluationError, Opaque } from '#machinery/cel/value.ts'
import { through } from './costs.ts'

/** A URL in its parts, none of which is made any nicer than it was written. */
interface Parts {
  readonly text: string
  readonly scheme: string
  /** With its port. */
  readonly host: string
  readonly path: string
  readonly query: string
}

class UrlValue extends Opaque {
  readonly type = 'kubernetes.URL'
  readonly parts: Parts

  constructor(parts: Parts) {
    super()
    this.parts = parts
  }

  equals(other: Opaque): boolean {
    return other instanceof UrlValue && other.parts.text === this.parts.text
  }
}

const badEscape = /%(?![0-9a-fA-F]{2})/

/** Whether a text is a whole URL, or a path from the root. */
export const isUrl = (text: string): boolean => partsOf(text) !== undefined

/** What a text names: a whole URL, or a path from the root (Go's url.ParseRequestURI). Nothing, if it names nothing. */
function partsOf(text: string): Parts | undefined {
  if (/\p{Cc}/u.test(text)) return undefined
  const [, scheme = '', rest = ''] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?([\s\S]*)$/.exec(text) ?? []
  if (!rest.startsWith('/'))
    return scheme && rest ? { text, scheme: scheme.toLowerCase(), host: '', path: '', query: '' } : undefined
  const [, authority = '', path = '', query = ''] = /^(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/.exec(rest) ?? []
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  if (/[\s<>"]/.test(host) || badEscape.test(path) || !/^(\[[0-9a-fA-F:.%]*\]|[^:[\]]*)(:\d*)?$/.test(host)) return undefined
  return { text, scheme: scheme.toLowerCase(), host, path, query }
}

function read(text: string): UrlValue {
  const parts = partsOf(text)
  if (parts) return new UrlValue(parts)
  throw new EvaluationError(
    `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
  )
}

const hostname = ({ host }: Parts): string => host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '')
const port = ({ host }: Parts): string => /:(\d*)$/.exec(host)?.[1] ?? ''
const escaped = ({ path }: Parts): string => path.replace(/[^\w.~!$&'()*+,;=:@%/-]+/g, encodeURIComponent)

function queryOf({ query }: Parts): EntryMap {
  const values = Map.groupBy(new URLSearchParams(query), ([name]) => name)
  const map = new EntryMap()
  for (const [name, pairs] of values)
    map.insert(
      name,
      pairs.map(([, value]) => value),
    )
  return map
}

const own = (signature: string): string => signature.replace(/\bURL\b(?!\()/g, 'kubernetes/URL')

/** URLs (upstream: library.URLs). */
export const urls: readonly Overload[] = [
  overload(own('url(string): URL'), read, through()),
  overload('isURL(string): bool', isUrl, through()),
  overload(own('URL.getScheme(): string'), ({ parts }: UrlValue) => parts.scheme),
  overload(own('URL.getHost(): string'), ({ parts }: UrlValue) => parts.host),
  overload(own('URL.getHostname(): string'), ({ parts }: UrlValue) => hostname(parts)),
  overload(own('URL.getPort(): string'), ({ parts }: UrlValue) => port(parts)),
  overload(own('URL.getEscapedPath(): string'), ({ parts }: UrlValue) => escaped(parts)),
  overload(own('URL.getQuery(): map(string, list(string))'), ({ parts }: UrlValue) => queryOf(parts)),
]
