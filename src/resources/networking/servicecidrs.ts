import { ServiceCIDR } from '#api/networking/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { canonicalCidr, parseCidr } from '#machinery/ip.ts'
import { each } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'

const path = 'spec.cidrs'

/** A range that Services get their addresses from. */
export default resource(ServiceCIDR, {
  status: true,
  columns: [name, text('CIDRs', ({ spec }) => spec?.cidrs?.join(',') ?? ''), age],

  default(range) {
    range.spec ??= {}
  },

  prepare(range, before) {
    if (!before) range.status = {}
  },

  *validate({ spec = {} }, before) {
    const { cidrs = [] } = spec
    const were = before?.spec?.cidrs ?? []
    if (!before || (were.length === 1 && cidrs.length === 2)) {
      if (before && cidrs[0] !== were[0]) yield invalidValue(`${path}[0]`, cidrs[0], 'field is immutable')
      yield* validateRanges(cidrs, spec)
    } else if (were.length !== cidrs.length) yield invalidValue(path, cidrs, 'field is immutable')
    else
      yield* each(cidrs, path, function* (cidr, at, index) {
        if (cidr !== were[index]) yield invalidValue(at, cidr, 'field is immutable')
      })
  },
})

function* validateRanges(cidrs: readonly string[], spec: object): Generator<Cause> {
  if (cidrs.length === 0) yield required(path, 'at least one CIDR required')
  else if (cidrs.length > 2) yield invalidValue(path, spec, 'may only hold up to 2 values')
  else {
    yield* each(cidrs, path, (cidr, at) => invalidEach(at, cidr, canonicalCidr(cidr)))
    const [first, second] = cidrs.map(cidr => parseCidr(cidr)?.ip.family)
    if (cidrs.length === 2 && first !== undefined && first === second)
      yield invalidValue(path, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64')
  }
}
