import { Ingress } from '#api/networking/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, invalidValue } from '#machinery/causes.ts'
import { ip } from '#machinery/ip.ts'
import { each } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'
import { validateBalancerHost } from '#resources/core/service/status.ts'
import { validateIngressSpec } from './ingress-spec.ts'

export default resource(Ingress, {
  shortNames: ['ing'],
  status: true,
  generation: true,
  storagePath: 'ingress',
  columns: [
    name,
    text('Class', ({ spec }) => spec?.ingressClassName ?? '<none>'),
    text('Hosts', hostsText),
    text('Address', ({ status }) => {
      const places = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter(Boolean)
      return [...new Set(places)].sort().join(',')
    }),
    text('Ports', ({ spec }) => (spec?.tls?.length ? '80, 443' : '80')),
    age,
  ],

  default(ingress) {
    ingress.spec ??= {}
  },

  prepare(ingress, before) {
    if (!before) ingress.status = { loadBalancer: {} }
  },

  *validate({ metadata, spec = {} }, before) {
    yield* validateIngressSpec(spec, 'spec')
    const older = metadata.annotations?.['kubernetes.io/ingress.class']
    if (!before && older !== undefined && spec.ingressClassName !== undefined && older !== spec.ingressClassName) {
      yield invalidValue(
        'annotations.kubernetes.io/ingress.class',
        older,
        'must match `ingressClassName` when both are specified',
      )
    }
  },

  *warn({ metadata }, before) {
    if (!before && metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined)
      yield `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`
  },

  *validateStatus({ status }, before) {
    const known = new Set(before.status?.loadBalancer?.ingress?.map(ingress => ingress.ip))
    yield* each(status?.loadBalancer?.ingress, 'status.loadBalancer.ingress', function* ({ ip: address, hostname }, at) {
      if (address && !known.has(address)) yield* invalidEach(`${at}.ip`, address, ip(address))
      yield* validateBalancerHost(hostname ?? '', `${at}.hostname`)
    })
  },
})

/** Upstream counts rules without a host among those that it does not show. */
function hostsText({ spec }: Ingress): string {
  const rules = spec?.rules ?? []
  const hosts = rules.flatMap(({ host }) => host || [])
  const shown = hosts.slice(0, 3).join(',')
  if (!shown) return '*'
  const third = rules.findIndex(rule => rule.host === hosts[2])
  return hosts.length >= 3 && third < rules.length - 1 ? `${shown} + ${rules.length - 3} more...` : shown
}
