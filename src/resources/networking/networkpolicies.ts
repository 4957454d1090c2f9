import { NetworkPolicy, type NetworkPolicyPeer, type NetworkPolicyPort } from '#api/networking/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { cidr, contains, parseCidr } from '#machinery/ip.ts'
import { validateSelector } from '#machinery/labels.ts'
import { portNumber } from '#machinery/names.ts'
import { each } from '#resources/checks.ts'
import { age, name, selectorText, text } from '#resources/columns.ts'
import { validatePort } from '#resources/core/pod-spec/probes.ts'

export default resource(NetworkPolicy, {
  shortNames: ['netpol'],
  generation: true,
  columns: [name, text('Pod-Selector', ({ spec }) => selectorText(spec?.podSelector ?? {})), age],

  default(policy) {
    const spec = (policy.spec ??= {})
    spec.podSelector ??= {}
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
    }
  },

  *validate({ spec = {} }) {
    yield* validateSelector(spec.podSelector, 'spec.podSelector')
    yield* each(spec.ingress, 'spec.ingress', function* ({ ports, from }, at) {
      yield* each(ports, `${at}.ports`, validatePolicyPort)
      yield* each(from, `${at}.from`, validatePeer)
    })
    yield* each(spec.egress, 'spec.egress', function* ({ ports, to }, at) {
      yield* each(ports, `${at}.ports`, validatePolicyPort)
      yield* each(to, `${at}.to`, validatePeer)
    })
    const types = spec.policyTypes ?? []
    if (types.length > 2) yield invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')
    else {
      yield* each(types, 'spec.policyTypes', function* (type, at) {
        if (type !== 'Ingress' && type !== 'Egress') yield notSupported(at, type, ['Ingress', 'Egress'])
      })
    }
  },
})

function* validatePolicyPort({ protocol = 'TCP', port, endPort }: NetworkPolicyPort, path: string): Generator<Cause> {
  const protocols = ['TCP', 'UDP', 'SCTP']
  if (!protocols.includes(protocol)) yield notSupported(`${path}.protocol`, protocol, protocols)
  if (port !== undefined) yield* validatePort(port, `${path}.port`)
  if (endPort === undefined) return
  const at = `${path}.endPort`
  if (port === undefined) yield invalidValue(at, endPort, 'may not be specified when `port` is not specified')
  else if (typeof port === 'string') yield invalidValue(at, endPort, 'may not be specified when `port` is non-numeric')
  else {
    if (endPort < port) yield invalidValue(at, port, 'must be greater than or equal to `port`')
    yield* invalidEach(at, endPort, portNumber(endPort))
  }
}

function* validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string): Generator<Cause> {
  if (podSelector) yield* validateSelector(podSelector, `${path}.podSelector`)
  if (namespaceSelector) yield* validateSelector(namespaceSelector, `${path}.namespaceSelector`)
  if (!ipBlock) {
    if (!podSelector && !namespaceSelector) yield required(path, 'must specify a peer')
    return
  }
  if (podSelector || namespaceSelector) yield forbidden(path, 'may not specify both ipBlock and another peer')
  if (!ipBlock.cidr) {
    yield required(`${path}.ipBlock.cidr`)
    return
  }
  yield* invalidEach(`${path}.ipBlock.cidr`, ipBlock.cidr, cidr(ipBlock.cidr))
  const whole = parseCidr(ipBlock.cidr)
  yield* each(ipBlock.except, `${path}.ipBlock.except`, function* (text, at) {
    yield* invalidEach(at, text, cidr(text))
    const part = parseCidr(text)
    const inside = whole && part && contains(whole, part.ip) && whole.bits < part.bits
    if (whole && part && !inside) yield invalidValue(at, text, 'must be a strict subset of `cidr`')
  })
}
