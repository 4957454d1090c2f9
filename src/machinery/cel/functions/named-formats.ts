import { type Overload, overload } from '#machinery/cel/overload.ts'
import { Opaque, Optional } from '#machinery/cel/value.ts'
import { dns1035Label, dns1123Label, dns1123Subdomain, labelValue, type NameCheck, qualifiedName } from '#machinery/names.ts'
import { parseMoment } from '#machinery/rfc3339.ts'
import { sizeOf, tenth } from './costs.ts'
import { isUrl } from './urls.ts'

/** A name for what texts may be. */
class Format extends Opaque {
  readonly type = 'kubernetes.NamedFormat'
  readonly name: string
  readonly check: NameCheck

  constructor(name: string, check: NameCheck) {
    super()
    this.name = name
    this.check = check
  }

  equals(other: Opaque): boolean {
    return other instanceof Format && other.name === this.name
  }
}

/** A name that more is written behind may end in a dash. */
const prefix =
  (check: NameCheck): NameCheck =>
  text =>
    check(text.length > 1 ? text.replace(/-$/, 'a') : text)

const unless =
  (isOne: (text: string) => boolean, problem: string): NameCheck =>
  text =>
    isOne(text) ? [] : [problem]

const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !('error' in parseMoment(`${text}T00:00:00Z`, 0))
const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

const formats: Readonly<Record<string, NameCheck>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  dns1123LabelPrefix: prefix(dns1123Label),
  dns1123SubdomainPrefix: prefix(dns1123Subdomain),
  dns1035LabelPrefix: prefix(dns1035Label),
  qualifiedName,
  labelValue,
  uri: unless(isUrl, 'invalid URI for request'),
  uuid: unless(
    text => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
    'does not match the UUID format',
  ),
  byte: unless(isBase64, 'invalid base64'),
  date: unless(isDate, 'invalid date'),
  datetime: unless(text => !('error' in parseMoment(text, 0)), 'invalid datetime'),
}

const named = new Map(Object.entries(formats).map(([name, check]) => [name, new Format(name, check)]))

/** More than the patterns of the checks are long, a quarter of which is what a step costs. */
const step = 15

/** What texts may be, by name (upstream: library.Format). */
export const namedFormats: readonly Overload[] = [
  ...Array.from(named, ([name, format]) => overload(`format/${name}(): kubernetes/NamedFormat`, () => format)),
  overload('format/named(string): optional(kubernetes/NamedFormat)', (name: string) => new Optional(named.get(name))),
  overload(
    'kubernetes/NamedFormat.validate(string): optional(list(string))',
    ({ check }: Format, text: string) => {
      const problems = check(text)
      return problems.length > 0 ? new Optional(problems) : new Optional()
    },
    ([, text]) => tenth(1 + sizeOf(text)) * step,
  ),
]
