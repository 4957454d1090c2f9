import { Service } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { dns1123Label } from '#machinery/names.ts'
import { age, labelsText, name, text, wide } from '#resources/columns.ts'
import { defaultService } from './service/defaults.ts'
import { defaultBalancerStatus, validateBalancerStatus } from './service/status.ts'
import { keepAllocated } from './service/update.ts'
import { validateService } from './service/validate.ts'
import { validateServiceUpdate } from './service/validate-update.ts'
import { warnOfService } from './service/warnings.ts'

export default resource(Service, {
  shortNames: ['svc'],
  categories: ['all'],
  status: true,
  storagePath: 'services/specs',
  returnsDeleted: true,
  createOnUpdate: true,
  validateName: dns1123Label,
  fields: { 'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '', 'spec.type': ({ spec }) => spec?.type ?? '' },
  columns: [
    name,
    text('Type', ({ spec }) => spec?.type ?? ''),
    text('Cluster-IP', ({ spec }) => spec?.clusterIPs?.[0] ?? '<none>'),
    text('External-IP', externalIp),
    text('Port(s)', ({ spec }) => spec?.ports?.map(portText).join(',') || '<none>'),
    age,
    wide(text('Selector', ({ spec }) => labelsText(spec?.selector))),
  ],

  default(service, before) {
    const spec = (service.spec ??= {})
    defaultService(spec)
    if (before) keepAllocated(service, before)
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
  },

  prepare(service, before) {
    if (!before || service.spec?.type !== 'LoadBalancer') service.status = { ...service.status, loadBalancer: {} }
  },

  *validate(service, before) {
    if (before) yield* validateServiceUpdate(service, before)
    yield* validateService(service, before)
  },

  warn: warnOfService,

  prepareStatus({ status }) {
    defaultBalancerStatus(status?.loadBalancer)
  },

  *validateStatus({ spec, status }, before) {
    const balanced = spec?.type === 'LoadBalancer'
    yield* validateBalancerStatus(status?.loadBalancer, before.status?.loadBalancer, balanced, 'status.loadBalancer')
  },
})

type Port = NonNullable<NonNullable<Service['spec']>['ports']>[number]

const portText = ({ port, nodePort, protocol }: Port): string =>
  nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`

function externalIp({ spec = {}, status }: Service): string {
  const { type, externalIPs = [] } = spec
  if (type === 'ExternalName') return spec.externalName ?? ''
  if (type === 'LoadBalancer') {
    const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter(Boolean)
    return [...[...new Set(balanced)].sort(), ...externalIPs].join(',') || '<pending>'
  }
  if (type === 'ClusterIP' || type === 'NodePort') return externalIPs.join(',') || '<none>'
  return '<unknown>'
}
