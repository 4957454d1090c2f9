import { isIPv4, isIPv6 } from 'node:net'

/** An IP address as a number of 32 or 128 bits. */
export interface Ip {
  readonly family: 4 | 6
  readonly value: bigint
}

/** A range of addresses: those whose first `bits` bits are those of `ip`. */
export interface Cidr {
  readonly ip: Ip
  readonly bits: number
}

/** The address a text names, in any notation; undefined if it names none. IPv4 in IPv6 (`::ffff:1.2.3.4`) is IPv4. */
export function parseIp(text: string): Ip | undefined {
  if (isIPv4(text)) return { family: 4, value: fold(text.split('.').map(Number), 8) }
  if (!isIPv6(text) || text.includes('%')) return undefined
  const value = fold(groupsOf(text), 16)
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffffffffn } : { family: 6, value }
}

/** The range a text such as `10.0.0.0/8` names; undefined if it names none. Bits beyond the prefix may be set. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', length] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const ip = parseIp(address)
  return ip && !isMapped(ip, address) && Number(length) <= width(ip) ? { ip, bits: Number(length) } : undefined
}

/** An address in its canonical notation (RFC 5952 for IPv6). */
export function formatIp({ family, value }: Ip): string {
  if (family === 4) return unfold(value, 4, 8).join('.')
  const text = unfold(value, 8, 16)
    .map(group => group.toString(16))
    .join(':')
  // The longest run of two or more zeros, the first if there are several.
  const run = [...text.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length)[0]
  return run ? `${text.slice(0, run.index).replace(/:$/, '')}::${text.slice(run.index + run[0].length).replace(/^:/, '')}` : text
}

/** A range in its canonical notation, bits beyond the prefix cleared. */
export const formatCidr = ({ ip, bits }: Cidr): string => {
  const rest = BigInt(width(ip) - bits)
  return `${formatIp({ family: ip.family, value: (ip.value >> rest) << rest })}/${bits}`
}

/** Whether an address lies in a range. */
export const contains = ({ ip, bits }: Cidr, other: Ip): boolean => {
  const rest = BigInt(width(ip) - bits)
  return ip.family === other.family && ip.value >> rest === other.value >> rest
}

/** Whether an address in a range can be somebody's: it is neither the network's own nor, of IPv4, the broadcast address. */
export const isHostIn = (cidr: Cidr, ip: Ip): boolean => {
  if (!contains(cidr, ip)) return false
  const rest = BigInt(width(ip) - cidr.bits)
  const host = BigInt.asUintN(Number(rest), ip.value)
  return host !== 0n && (ip.family === 6 || host !== (1n << rest) - 1n)
}

/** What is wrong with an address, in upstream's sentences; any unambiguous notation will do. */
export function ip(value: string): string[] {
  const parsed = parseIp(value)
  if (parsed) return isMapped(parsed, value) ? ['must not be an IPv4-mapped IPv6 address'] : []
  return parseIp(withoutZeros(value))
    ? ['must not have leading 0s']
    : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']
}

/** As `ip`, but only the canonical notation will do: for fields younger than Kubernetes 1.33. */
export function canonicalIp(value: string): string[] {
  const problems = ip(value)
  return problems.length ? problems : canonically(value, formatIp(parseIp(value)!))
}

/** What is wrong with a range of addresses, in upstream's sentences. */
export function cidr(value: string): string[] {
  const [, mapped = ''] = /^(.*:.*)\/(?:\d|\d\d|1[01]\d|12[0-8])$/.exec(value) ?? []
  const isMappedRange = isMapped(parseIp(mapped) ?? { family: 6, value: 0n }, mapped)
  const parsed = parseCidr(value)
  if (parsed) {
    const rest = BigInt(width(parsed.ip) - parsed.bits)
    return (parsed.ip.value >> rest) << rest === parsed.ip.value ? [] : ['must not have bits set beyond the prefix length']
  }
  if (parseCidr(withoutZeros(value)) || (isMappedRange && /\/0\d/.test(value)))
    return ['must not have leading 0s in IP or prefix length']
  return [
    isMappedRange
      ? 'must not have an IPv4-mapped IPv6 address'
      : 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ]
}

/** As `cidr`, but only the canonical notation will do. */
export function canonicalCidr(value: string): string[] {
  const problems = cidr(value)
  return problems.length ? problems : canonically(value, formatCidr(parseCidr(value)!))
}

/** A sentence for an address that is right, but not as RFC 5952 writes it. */
export function* warnOfIp(value: string, path: string): Generator<string> {
  const wanted = value.includes(':') && ip(value).length === 0 ? formatIp(parseIp(value)!) : value
  if (wanted !== value) yield `${path}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${wanted}")`
}

/** The same for a range. */
export function* warnOfCidr(value: string, path: string): Generator<string> {
  const wanted = value.includes(':') && cidr(value).length === 0 ? formatCidr(parseCidr(value)!) : value
  if (wanted !== value) yield `${path}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${wanted}")`
}

const width = ({ family }: Ip): number => (family === 4 ? 32 : 128)

const isMapped = ({ family }: Ip, text: string): boolean => family === 4 && text.includes(':')

const canonically = (value: string, wanted: string): string[] =>
  value === wanted ? [] : [`must be in canonical form ("${wanted}")`]

/** `010.002.003.004/08` as the old, sloppy parser took it. */
const withoutZeros = (text: string): string =>
  text.replace(/(^|[./])0+(?=\d+(?:[./]|$))/g, '$1').replace(/(^|[./])0+(?=\d)/g, '$1')

/** The eight groups of an IPv6 address that is known to be valid. */
function groupsOf(text: string): number[] {
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [a * 256 + +b, c * 256 + +d].map(group => group.toString(16)).join(':'),
  )
  const [head = [], tail] = plain.split('::').map(part => (part ? part.split(':') : []))
  const gap = tail ? new Array<string>(8 - head.length - tail.length).fill('0') : []
  return [...head, ...gap, ...(tail ?? [])].map(group => Number.parseInt(group, 16))
}

const fold = (parts: readonly number[], bits: number): bigint =>
  parts.reduce((value, part) => (value << BigInt(bits)) | BigInt(part), 0n)

const unfold = (value: bigint, count: number, bits: number): number[] =>
  Array.from({ length: count }, (_, i) => Number(BigInt.asUintN(bits, value >> BigInt(bits * (count - 1 - i)))))
