import endpoints from '#resources/core/endpoints.ts'
import endpointSlices from '#resources/discovery/endpointslices.ts'
import runtimeClasses from '#resources/node/runtimeclasses.ts'
import budgets from '#resources/policy/poddisruptionbudgets.ts'
import { itRefuses, itRefusesChanges, itWarns } from '#resources/refusals.ts'
import ingressClasses from './ingressclasses.ts'
import ingresses from './ingresses.ts'
import policies from './networkpolicies.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const address = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const range = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
const spec = (fields: object) => ({ spec: fields })

describe('an ingress', () => {
  const service = { name: 'web', port: { number: 80 } }
  const to = (backend: object) => ({ defaultBackend: backend })
  const path = (fields: object) => ({
    rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service }, ...fields }] } }],
  })
  itRefuses(ingresses, 'spec', spec, [
    [to({ service })],
    [to({}), '.defaultBackend: Invalid value: "": resource or service backend is required'],
    [
      to({ service, resource: { kind: 'K', name: 'n' } }),
      '.defaultBackend: Invalid value: "": cannot set both resource and service backends',
    ],
    [
      to({ resource: {} }),
      '.defaultBackend.resource.kind: Required value: kind is required',
      '.defaultBackend.resource.name: Required value: name is required',
    ],
    [to({ service: { port: { number: 80 } } }), '.defaultBackend.service.name: Required value'],
    [to({ service: { ...service, name: 'A' } }), `.defaultBackend.service.name: Invalid value: "A": ${label}`],
    [to({ service: { name: 'a' } }), '.defaultBackend: Required value: port name or number is required'],
    [
      to({ service: { name: 'a', port: { name: 'p', number: 1 } } }),
      '.defaultBackend: Invalid value: "": cannot set both port name & port number',
    ],
    [
      to({ service: { name: 'a', port: { number: 65536 } } }),
      '.defaultBackend.service.port.number: Invalid value: 65536: must be between 1 and 65535, inclusive',
    ],
    [{ rules: [{ host: '1.2.3.4' }] }, '.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address'],
    [{ rules: [{ host: '*.a.b' }] }],
    [{ rules: [{ http: {} }] }, '.rules[0].http.paths: Required value'],
    [
      path({ pathType: 'X' }),
      '.rules[0].http.paths[0].pathType: Unsupported value: "X": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    ],
    [path({ path: '/a//b' }), '.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain \'//\''],
    [path({ path: '/a/..' }), '.rules[0].http.paths[0].path: Invalid value: "/a/..": cannot end with \'/..\''],
  ])
  itRefusesChanges(
    ingresses,
    'status.loadBalancer.ingress',
    (ingress: object[]) => ({ ...spec(to({ service })), status: { loadBalancer: { ingress } } }),
    [
      [[], [{ ip: '1.2.3.4' }]],
      [[], [{ ip: 'x' }], `[0].ip: Invalid value: "x": ${address}`],
      [[{ ip: 'x' }], [{ ip: 'x' }]],
      [[], [{ hostname: '1.2.3.4' }], '[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address'],
    ],
    'validateStatus',
  )
  itWarns(ingresses, '', (annotations: object) => ({ ...spec({}), metadata: { name: 'x', annotations } }), [
    [{}],
    [
      { 'kubernetes.io/ingress.class': 'c' },
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ],
  ])
})

describe('an ingress class', () => {
  const parameters = { kind: 'K', name: 'n' }
  itRefuses(ingressClasses, 'spec', (fields: object) => ({ metadata: { name: 'x' }, spec: { controller: 'a.b/c', ...fields } }), [
    [{}],
    [{ controller: '' }, '.controller: Required value'],
    [{ controller: 'x' }, '.controller: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")'],
    [
      { parameters: { ...parameters, scope: 'X' } },
      '.parameters.scope: Unsupported value: "X": supported values: "Cluster", "Namespace"',
    ],
    [
      { parameters: { ...parameters, scope: 'Namespace' } },
      ".parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
    [
      { parameters: { ...parameters, namespace: 'n' } },
      ".parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ],
  ])
})

describe('a network policy', () => {
  const port = (fields: object) => ({ ingress: [{ ports: [fields] }] })
  const peer = (fields: object) => ({ ingress: [{ from: [fields] }] })
  itRefuses(policies, 'spec', spec, [
    [{}],
    [port({ protocol: 'X' }), '.ingress[0].ports[0].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"'],
    [port({ port: 0 }), '.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    [port({ endPort: 1 }), '.ingress[0].ports[0].endPort: Invalid value: 1: may not be specified when `port` is not specified'],
    [
      port({ port: 'a', endPort: 1 }),
      '.ingress[0].ports[0].endPort: Invalid value: 1: may not be specified when `port` is non-numeric',
    ],
    [port({ port: 5, endPort: 4 }), '.ingress[0].ports[0].endPort: Invalid value: 5: must be greater than or equal to `port`'],
    [peer({}), '.ingress[0].from[0]: Required value: must specify a peer'],
    [
      peer({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
      '.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
    [peer({ ipBlock: {} }), '.ingress[0].from[0].ipBlock.cidr: Required value'],
    [peer({ ipBlock: { cidr: 'x' } }), `.ingress[0].from[0].ipBlock.cidr: Invalid value: "x": ${range}`],
    [{ policyTypes: ['X'] }, '.policyTypes[0]: Unsupported value: "X": supported values: "Ingress", "Egress"'],
  ])
})

describe('endpoints', () => {
  const addresses = (...list: object[]) => ({ subsets: [{ addresses: list, ports: [{ port: 80 }] }] })
  itRefuses(endpoints, 'subsets[0]', (fields: object) => fields as Record<string, unknown>, [
    [addresses({ ip: '10.0.0.1' })],
    [{ subsets: [{}] }, ': Required value: must specify `addresses` or `notReadyAddresses`'],
    [
      addresses({ ip: 'x' }),
      `.addresses[0].ip: Invalid value: "x": ${address}`,
      '.addresses[0].ip: Invalid value: "x": must be a valid IP address',
    ],
    [
      addresses({ ip: '169.254.0.1', hostname: 'A' }),
      `.addresses[0].hostname: Invalid value: "A": ${label}`,
      '.addresses[0].ip: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
    [
      { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1 }, { port: 2, name: 'b' }] }] },
      '.ports[0].name: Required value',
    ],
  ])
  itRefuses(
    endpointSlices,
    'endpoints[0]',
    (fields: object) => ({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], ...fields }] }),
    [
      [{}],
      [{ addresses: [] }, '.addresses: Required value: must contain at least 1 address'],
      [{ hostname: 'A' }, `.hostname: Invalid value: "A": ${label}`],
      [{ hints: { forZones: [{ name: 'a' }, { name: 'a' }] } }, '.hints.forZones[1].name: Duplicate value: "a"'],
      [
        { hints: { forNodes: Array.from({ length: 9 }, (_, i) => ({ name: `n${i}` })) } },
        '.hints.forNodes: Too many: 9: must have at most 8 items',
      ],
      [
        { deprecatedTopology: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])) },
        '.deprecatedTopology: Too many: 17: must have at most 16 items',
      ],
    ],
  )
})

describe('a disruption budget', () => {
  itRefuses(budgets, 'spec', spec, [
    [{ minAvailable: 1 }],
    [{ minAvailable: -1 }, '.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    [{ maxUnavailable: '101%' }, '.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    [
      { unhealthyPodEvictionPolicy: 'X' },
      '.unhealthyPodEvictionPolicy: Unsupported value: "X": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ])
  itRefusesChanges(
    budgets,
    'status',
    (status: object) => ({ ...spec({}), status }),
    [
      [{}, { disruptionsAllowed: 1 }],
      [{}, { currentHealthy: -1 }, '.currentHealthy: Invalid value: -1: must be greater than or equal to 0'],
      [
        {},
        { conditions: [{ type: 'A', status: 'X', reason: 'R', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
        '.conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
      ],
    ],
    'validateStatus',
  )
})

describe('a runtime class', () => {
  const made = (fields: object) => ({ metadata: { name: 'x' }, handler: 'h', ...fields })
  itRefuses(runtimeClasses, '', made, [
    [{}],
    [{ handler: 'A' }, `handler: Invalid value: "A": ${label}`],
    [{ overhead: { podFixed: { cpu: '-1' } } }, 'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    [
      { scheduling: { tolerations: [{ key: 'a', operator: 'X' }] } },
      'scheduling.tolerations[0].operator: Unsupported value: "X": supported values: "Equal", "Exists"',
    ],
  ])
  itRefusesChanges(runtimeClasses, '', made, [[{}, { handler: 'i' }, 'handler: Invalid value: "i": field is immutable']])
  itWarns(runtimeClasses, '', made, [
    [
      { scheduling: { nodeSelector: { 'beta.kubernetes.io/os': 'x' } } },
      'scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
  ])
})
