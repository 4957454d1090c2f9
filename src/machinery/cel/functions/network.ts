import { type Cost, type Overload, overload } from '#machinery/cel/overload.ts'
import { EvaluationError, Opaque } from '#machinery/cel/value.ts'
import { type Cidr, contains, formatIp, type Ip, ip as ipProblems, parseCidr, parseIp } from '#machinery/ip.ts'
import { through } from './costs.ts'

class IpValue extends Opaque {
  readonly type = 'net.IP'
  readonly ip: Ip

  constructor(ip: Ip) {
    super()
    this.ip = ip
  }

  equals(other: Opaque): boolean {
    return other instanceof IpValue && other.ip.family === this.ip.family && other.ip.value === this.ip.value
  }
}

class CidrValue extends Opaque {
  readonly type = 'net.CIDR'
  readonly cidr: Cidr

  constructor(cidr: Cidr) {
    super()
    this.cidr = cidr
  }

  equals(other: Opaque): boolean {
    return (
      other instanceof CidrValue &&
      other.cidr.bits === this.cidr.bits &&
      new IpValue(this.cidr.ip).equals(new IpValue(other.cidr.ip))
    )
  }
}

const isIp = (text: string): boolean => ipProblems(text).length === 0

function readIp(text: string): IpValue {
  const problems = ipProblems(text)
  if (problems.length > 0)
    throw new EvaluationError(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ${problems[0]}`)
  return new IpValue(parseIp(text)!)
}

function readCidr(text: string): CidrValue {
  const cidr = parseCidr(text)
  if (cidr) return new CidrValue(cidr)
  throw new EvaluationError(
    `network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no address and prefix length`,
  )
}

const width = ({ family }: Ip): number => (family === 4 ? 32 : 128)

/** Whether the first bits of an address are those of another. */
const begins = (ip: Ip, four: string | undefined, six: string | undefined): boolean => {
  const range = ip.family === 4 ? four : six
  return range !== undefined && contains(parseCidr(range)!, ip)
}

const isUnspecified = ({ value }: Ip): boolean => value === 0n
const isLoopback = (ip: Ip): boolean => begins(ip, '127.0.0.0/8', '::1/128')
const isLinkLocal = (ip: Ip): boolean => begins(ip, '169.254.0.0/16', 'fe80::/10')
const isLinkLocalMulticast = (ip: Ip): boolean =>
  ip.family === 4 ? begins(ip, '224.0.0.0/24', undefined) : ip.value >> 120n === 0xffn && ((ip.value >> 112n) & 0xfn) === 2n
const isMulticast = (ip: Ip): boolean => begins(ip, '224.0.0.0/4', 'ff00::/8')
const isGlobal = (ip: Ip): boolean =>
  !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocal(ip) && !begins(ip, '255.255.255.255/32', undefined)

const masked = ({ ip, bits }: Cidr): Cidr => {
  const rest = BigInt(width(ip) - bits)
  return { ip: { ...ip, value: (ip.value >> rest) << rest }, bits }
}

/** A range as it was written: bits beyond the prefix stay. */
const cidrText = ({ ip, bits }: Cidr): string => `${formatIp(ip)}/${bits}`

const within = (outer: CidrValue, inner: CidrValue): boolean =>
  outer.cidr.bits <= inner.cidr.bits && contains(outer.cidr, inner.cidr.ip)

const own = (signature: string): string => signature.replace(/\b(IP|CIDR)\b(?!\()/g, 'net/$1')
const two: Cost = () => 2

/** Addresses and ranges of them (upstream: library.IP and library.CIDR). */
export const network: readonly Overload[] = [
  overload(own('ip(string): IP'), readIp, through()),
  overload('isIP(string): bool', isIp, through()),
  overload('ip/isCanonical(string): bool', (text: string) => formatIp(readIp(text).ip) === text, through(2)),
  overload(own('string(IP): string'), ({ ip }: IpValue) => formatIp(ip)),
  overload(own('IP.family(): int'), ({ ip }: IpValue) => BigInt(ip.family)),
  overload(own('IP.isUnspecified(): bool'), ({ ip }: IpValue) => isUnspecified(ip)),
  overload(own('IP.isLoopback(): bool'), ({ ip }: IpValue) => isLoopback(ip)),
  overload(own('IP.isLinkLocalMulticast(): bool'), ({ ip }: IpValue) => isLinkLocalMulticast(ip)),
  overload(own('IP.isLinkLocalUnicast(): bool'), ({ ip }: IpValue) => isLinkLocal(ip)),
  overload(own('IP.isGlobalUnicast(): bool'), ({ ip }: IpValue) => isGlobal(ip)),
  overload(own('cidr(string): CIDR'), readCidr, through()),
  overload('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined, through()),
  overload(own('string(CIDR): string'), ({ cidr }: CidrValue) => cidrText(cidr)),
  overload(own('CIDR.containsIP(IP): bool'), ({ cidr }: CidrValue, { ip }: IpValue) => contains(cidr, ip), two),
  overload(
    own('CIDR.containsIP(string): bool'),
    ({ cidr }: CidrValue, text: string) => contains(cidr, readIp(text).ip),
    ([, text]) => 2 + through()([text!]),
  ),
  overload(own('CIDR.containsCIDR(CIDR): bool'), within, two),
  overload(
    own('CIDR.containsCIDR(string): bool'),
    (outer: CidrValue, text: string) => within(outer, readCidr(text)),
    ([, text]) => 2 + through()([text!]),
  ),
  overload(own('CIDR.ip(): IP'), ({ cidr }: CidrValue) => new IpValue(cidr.ip)),
  overload(own('CIDR.prefixLength(): int'), ({ cidr }: CidrValue) => BigInt(cidr.bits)),
  overload(own('CIDR.masked(): CIDR'), ({ cidr }: CidrValue) => new CidrValue(masked(cidr))),
]
