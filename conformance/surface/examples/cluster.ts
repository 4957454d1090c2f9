import type { Example } from './example.ts'
import { signingRequest } from './signing-request.ts'

const now = '2026-01-01T00:00:00.000000Z'

/** Nodes, namespaces, Services and what lies around them. */
export const cluster: Readonly<Record<string, Example>> = {
  'v1/componentstatuses': () => ({}),
  'v1/configmaps': () => ({ data: { key: 'value' }, binaryData: { bytes: 'AAECAw==' } }),
  'v1/secrets': () => ({ type: 'Opaque', data: { key: 'dmFsdWU=' } }),
  'v1/endpoints': () => ({ subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 80 }] }] }),
  'v1/events': name => ({
    involvedObject: { kind: 'Pod', name, namespace: 'default' },
    reason: 'Seen',
    message: 'it was seen',
    type: 'Normal',
    firstTimestamp: '2026-01-01T00:00:00Z',
  }),
  'v1/namespaces': () => ({}),
  'v1/nodes': () => ({ spec: { unschedulable: true } }),
  'v1/serviceaccounts': () => ({}),
  'v1/serviceaccounts/token': () => ({ spec: { audiences: ['any'], expirationSeconds: 3600 } }),
  'v1/services': () => ({ spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80 }], selector: { app: 'none' } } }),
  'apiextensions.k8s.io/v1/customresourcedefinitions': name => {
    const [plural, ...group] = name.split('.')
    return {
      spec: {
        group: group.join('.'),
        scope: 'Namespaced',
        names: { plural, kind: 'Thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    }
  },
  'apiregistration.k8s.io/v1/apiservices': name => {
    const [version, ...group] = name.split('.')
    const service = { namespace: 'default', name: 'none' }
    return {
      spec: {
        group: group.join('.'),
        version,
        groupPriorityMinimum: 1,
        versionPriority: 1,
        service,
        insecureSkipTLSVerify: true,
      },
    }
  },
  'certificates.k8s.io/v1/certificatesigningrequests': () => ({
    spec: { request: signingRequest, signerName: 'example.com/any', usages: ['client auth'] },
  }),
  'coordination.k8s.io/v1/leases': name => ({ spec: { holderIdentity: name, leaseDurationSeconds: 9, renewTime: now } }),
  'discovery.k8s.io/v1/endpointslices': () => ({
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.7'] }],
    ports: [{ port: 80 }],
  }),
  'events.k8s.io/v1/events': name => ({
    eventTime: now,
    reportingController: 'example.com/surface',
    reportingInstance: 'one',
    action: 'Look',
    reason: 'Seen',
    type: 'Normal',
    regarding: { kind: 'Pod', name, namespace: 'default' },
  }),
  'networking.k8s.io/v1/ingressclasses': () => ({ spec: { controller: 'example.com/any' } }),
  'networking.k8s.io/v1/ingresses': name => ({ spec: { defaultBackend: { service: { name, port: { number: 80 } } } } }),
  'networking.k8s.io/v1/ipaddresses': () => ({
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'none' } },
  }),
  'networking.k8s.io/v1/servicecidrs': () => ({ spec: { cidrs: ['203.0.113.0/24'] } }),
  'node.k8s.io/v1/runtimeclasses': () => ({ handler: 'any' }),
}
