import services from '#resources/core/services.ts'
import { itRefuses, itRefusesChanges, itWarns } from '#resources/refusals.ts'

const spec = ({ annotations, ...fields }: { annotations?: object }) => ({
  metadata: { name: 'x', namespace: 'default', annotations },
  spec: { ports: [{ port: 80 }], ...fields },
})
const balanced = "may only be used when `type` is 'LoadBalancer'"
const address = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

describe('a service', () => {
  itRefuses(services, 'spec', spec, [
    [{}],
    [{ ports: [] }, '.ports: Required value'],
    [{ ports: [], clusterIP: 'None', clusterIPs: ['None'] }],
    [{ type: 'X' }, '.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
    [
      { ports: [{ port: 0 }] },
      '.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      '.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      { ports: [{ port: 80, protocol: 'X' }] },
      '.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ],
    [{ ports: [{ port: 80 }, { port: 81, name: 'a' }] }, '.ports[0].name: Required value'],
    [
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'a' },
        ],
      },
      '.ports[1].name: Duplicate value: "a"',
    ],
    [
      { ports: [{ port: 80, targetPort: 'a b' }] },
      '.ports[0].targetPort: Invalid value: "a b": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    ],
    [{ ports: [{ port: 80, nodePort: 30000 }] }, ".ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    [
      {
        type: 'NodePort',
        ports: [
          { port: 80, name: 'a', nodePort: 30000 },
          { port: 81, name: 'b', nodePort: 30000 },
        ],
      },
      '.ports[1].nodePort: Duplicate value: 30000',
    ],
    [
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      },
      '.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    [
      { ports: [{ port: 80, appProtocol: '' }] },
      '.ports[0].appProtocol: Invalid value: "": name part must be non-empty',
      ".ports[0].appProtocol: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [{ sessionAffinity: 'X' }, '.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"'],
    [
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } },
      '.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400',
    ],
    [
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } },
      '.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
    [{ type: 'ExternalName', ports: [] }, '.externalName: Required value'],
    [{ type: 'ExternalName', externalName: 'a.b.', ports: [] }],
    [
      { type: 'ExternalName', externalName: 'a', clusterIPs: ['1.1.1.1'] },
      '.clusterIPs: Forbidden: may not be set for ExternalName services',
    ],
    [
      { type: 'ExternalName', externalName: 'a', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
      '.ipFamilies: Forbidden: may not be set for ExternalName services',
      '.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
    ],
    [
      { type: 'LoadBalancer', clusterIP: 'None', clusterIPs: ['None'] },
      '.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services',
    ],
    [
      { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.2'] },
      '.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`',
    ],
    [{ clusterIPs: ['10.0.0.2'] }, '.clusterIPs: Invalid value: ["10.0.0.2"]: must be empty when `clusterIP` is not specified'],
    [{ clusterIP: 'x', clusterIPs: ['x'] }, `.clusterIPs[0]: Invalid value: "x": ${address}`],
    [
      { clusterIP: 'None', clusterIPs: ['None', '10.0.0.1'] },
      '.clusterIPs: Invalid value: ["None","10.0.0.1"]: \'None\' must be the first and only value',
    ],
    [
      { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', '10.0.0.2'] },
      '.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family',
    ],
    [
      { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', '::1', '::2'] },
      '.clusterIPs: Invalid value: ["10.0.0.1","::1","::2"]: may only hold up to 2 values',
    ],
    [
      { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv6'] },
      '.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
    [{ ipFamilies: ['IPv4', 'IPv4'] }, '.ipFamilies[1]: Duplicate value: "IPv4"'],
    [{ ipFamilies: ['IPv5'] }, '.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'],
    [
      { ipFamilyPolicy: 'X' },
      '.ipFamilyPolicy: Unsupported value: "X": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
    ],
    [{ externalIPs: ['x'] }, `.externalIPs[0]: Invalid value: "x": ${address}`],
    [
      { externalIPs: ['127.0.0.1'] },
      '.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [{ externalIPs: ['0.0.0.0'] }, '.externalIPs[0]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)'],
    [{ loadBalancerSourceRanges: ['1.2.3.4/32'] }, `.LoadBalancerSourceRanges: Forbidden: ${balanced}`],
    [{ type: 'LoadBalancer', loadBalancerSourceRanges: [' 1.2.3.4/32 '] }],
    [
      { type: 'LoadBalancer', loadBalancerSourceRanges: ['x'] },
      '.LoadBalancerSourceRanges[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '1.2.3.4/32' } },
      `metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: ${balanced}`,
    ],
    [
      { annotations: { 'service.kubernetes.io/topology-mode': 'Auto', 'service.kubernetes.io/topology-aware-hints': 'auto' } },
      'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
    ],
    [{ allocateLoadBalancerNodePorts: true }, `.allocateLoadBalancerNodePorts: Forbidden: ${balanced}`],
    [{ loadBalancerClass: 'a' }, `.loadBalancerClass: Forbidden: ${balanced}`],
    [
      { externalTrafficPolicy: 'Local' },
      '.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      { type: 'NodePort', externalTrafficPolicy: 'X' },
      '.externalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"',
    ],
    [
      { healthCheckNodePort: 1 },
      ".healthCheckNodePort: Invalid value: 1: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
    [{ internalTrafficPolicy: 'X' }, '.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"'],
    [{ trafficDistribution: 'PreferSameNode' }],
    [
      { trafficDistribution: 'X' },
      '.trafficDistribution: Unsupported value: "X": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  ])
})

describe('the change of a service', () => {
  const dual = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', '::2'], ipFamilies: ['IPv4', 'IPv6'] }
  const single = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] }
  itRefusesChanges(services, 'spec', spec, [
    [single, single],
    [single, { ...dual, ipFamilyPolicy: 'RequireDualStack' }],
    [
      single,
      { ...single, clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] },
      '.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ],
    [dual, { ...single, ipFamilyPolicy: 'SingleStack' }],
    [
      dual,
      single,
      ".ipFamilyPolicy: Invalid value: null: must be set to 'SingleStack' when releasing the secondary clusterIP",
      ".ipFamilyPolicy: Invalid value: null: must be set to 'SingleStack' when releasing the secondary ipFamily",
    ],
    [
      { type: 'LoadBalancer', loadBalancerClass: 'a.b/c' },
      { type: 'LoadBalancer', loadBalancerClass: 'a.b/d' },
      '.loadBalancerClass: Invalid value: "a.b/d": may not change once set',
    ],
    [
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 1 },
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 2 },
      '.healthCheckNodePort: Forbidden: field is immutable',
    ],
    [
      { externalIPs: ['010.0.0.1'] },
      { externalIPs: ['010.0.0.1'] },
      '.externalIPs[0]: Invalid value: "010.0.0.1": must be a valid IP address',
    ],
  ])
})

describe('what is told of a service', () => {
  const status = ({ type = 'LoadBalancer', ingress }: { type?: string; ingress: object[] }) => ({
    spec: { type, ports: [{ port: 80 }] },
    status: { loadBalancer: { ingress } },
  })
  itRefusesChanges(
    services,
    'status.loadBalancer.ingress',
    status,
    [
      [{ ingress: [] }, { ingress: [{ ip: '1.2.3.4', ipMode: 'VIP' }] }],
      [
        { ingress: [] },
        { ingress: [{ ip: 'x', ipMode: 'X' }] },
        `[0].ip: Invalid value: "x": ${address}`,
        '[0].ipMode: Unsupported value: "X": supported values: "Proxy", "VIP"',
      ],
      [{ ingress: [] }, { ingress: [{ ip: '1.2.3.4' }] }, '[0].ipMode: Required value: must be specified when `ip` is set'],
      [
        { ingress: [] },
        { ingress: [{ hostname: '1.2.3.4' }] },
        '[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      ],
      [
        { type: 'ClusterIP', ingress: [] },
        { type: 'ClusterIP', ingress: [{ hostname: 'a' }] },
        ": Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
      ],
    ],
    'validateStatus',
  )
})

describe('warnings of a service', () => {
  itWarns(services, 'spec', spec, [
    [{}],
    [
      { clusterIP: 'None', externalIPs: ['1.2.3.4'], loadBalancerIP: '1.2.3.4' },
      '.loadBalancerIP is ignored for headless services',
      '.externalIPs is ignored for headless services',
      '.SessionAffinity is ignored for headless services',
    ],
    [{ externalName: 'a' }, '.externalName is ignored when spec.type is not "ExternalName"'],
    [
      { type: 'ExternalName', externalName: 'a', externalIPs: ['1.2.3.4'] },
      '.externalIPs is ignored when spec.type is "ExternalName"',
    ],
    [
      { externalIPs: ['2001:DB8::1'] },
      '.externalIPs[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ],
    [
      { annotations: { 'service.kubernetes.io/topology-aware-hints': 'auto' } },
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
    ],
  ])
})
