import type { PodSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { ip } from '#machinery/ip.ts'
import { dns1123SubdomainWithUnderscore } from '#machinery/names.ts'
import { each } from '#resources/checks.ts'

const limits = { nameservers: 3, searches: 32, searchCharacters: 2048 }

/** Checks how a pod's containers look up names. */
export function* validateDns({ dnsPolicy, dnsConfig }: PodSpec, path: string): Generator<Cause> {
  const { nameservers = [], searches = [], options } = dnsConfig ?? {}
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    yield dnsConfig
      ? required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')
      : required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')
    return
  }
  if (nameservers.length > limits.nameservers) {
    yield invalidValue(`${path}.nameservers`, nameservers, `must not have more than ${limits.nameservers} nameservers`)
  }
  yield* each(nameservers, `${path}.nameservers`, (server, at) => invalidEach(at, server, ip(server)))
  if (searches.length > limits.searches) {
    yield invalidValue(`${path}.searches`, searches, `must not have more than ${limits.searches} search paths`)
  }
  if (searches.join(' ').length > limits.searchCharacters) {
    const detail = `must not have more than ${limits.searchCharacters} characters (including spaces) in the search list`
    yield invalidValue(`${path}.searches`, searches, detail)
  }
  yield* each(searches, `${path}.searches`, function* (search, at) {
    const domain = search.replace(/\.$/, '')
    if (search !== '.') yield* invalidEach(at, domain, dns1123SubdomainWithUnderscore(domain))
  })
  yield* each(options, `${path}.options`, function* (option, at) {
    if (!option.name) yield required(at, 'must not be empty')
  })
}
