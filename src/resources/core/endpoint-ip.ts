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
  yield* invalidEach(path, address, ip(address))
  const parsed = parseIp(address)
  if (!parsed) return
  if (parsed.value === 0n) yield invalidValue(path, address, `may not be unspecified (${address})`)
  const hit = refused.find(({ range }) => contains(range, parsed))
  if (hit) yield invalidValue(path, address, hit.detail)
}
