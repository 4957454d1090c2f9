import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue } from '#machinery/causes.ts'
import { contains, ip, parseCidr, parseIp } from '#machinery/ip.ts'

const ranges: readonly (readonly [readonly string[], string])[] = [
  [['127.0.0.0/8', '::1/128'], 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [['169.254.0.0/16', 'fe80::/10'], 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [['224.0.0.0/24', 'ff02::/16'], 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]
const refused = ranges.flatMap(([texts, detail]) => texts.map(text => ({ range: parseCidr(text)!, detail })))

/** Checks an address to which traffic may be sent. */
export function* validateEndpointIp(address: string, path: string): Generator<Cause> {
  const problems = ip(address)
  yield* problems.length ? invalidEach(path, address, problems) : validateSpecialIp(address, path)
}

/** Checks that an address is none of those that mean the host itself, or its own network. */
export function* validateSpecialIp(address: string, path: string): Generator<Cause> {
  const parsed = parseIp(address)
  if (!parsed) {
    yield invalidValue(path, address, 'must be a valid IP address')
    return
  }
  if (parsed.value === 0n) yield invalidValue(path, address, `may not be unspecified (${address})`)
  for (const { range, detail } of refused) if (contains(range, parsed)) yield invalidValue(path, address, detail)
}
