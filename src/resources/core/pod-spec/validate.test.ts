import pods from '#resources/core/pods.ts'
import { itRefuses } from '#resources/refusals.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const address = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

const withSpec = (spec: object) => ({ spec: { containers: [{ name: 'a', image: 'i' }], ...spec } })

describe('a pod’s spec', () => {
  itRefuses(pods, 'spec', withSpec, [
    [{ restartPolicy: 'X' }, '.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"'],
    [
      { dnsPolicy: 'X' },
      '.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ],
    [{ dnsPolicy: 'None' }, '.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    [
      { dnsPolicy: 'None', dnsConfig: {} },
      '.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None',
    ],
    [{ dnsConfig: { nameservers: ['x'] } }, `.dnsConfig.nameservers[0]: Invalid value: "x": ${address}`],
    [
      { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
      '.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
    ],
    [{ dnsConfig: { searches: ['_sip._tcp.abc.com', '.'] } }],
    [
      { dnsConfig: { searches: ['@'] } },
      ".dnsConfig.searches[0]: Invalid value: \"@\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
    ],
    [{ dnsConfig: { options: [{ value: 'v' }] } }, '.dnsConfig.options[0]: Required value: must not be empty'],
    [{ serviceAccountName: 'A' }, `.serviceAccountName: Invalid value: "A": ${subdomain}`],
    [{ nodeName: 'A' }, `.nodeName: Invalid value: "A": ${subdomain}`],
    [{ hostname: 'a.b' }, '.hostname: Invalid value: "a.b": must not contain dots'],
    [{ subdomain: 'A' }, `.subdomain: Invalid value: "A": ${label}`],
    [{ hostnameOverride: 'x'.repeat(65) }, '.hostnameOverride: Too long: may not be more than 64 bytes'],
    [
      { hostnameOverride: 'x', setHostnameAsFQDN: true },
      '.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
    ],
    [{ hostnameOverride: 'x', hostNetwork: true }, '.hostnameOverride: Forbidden: may not be specified when hostNetwork is true'],
    [{ activeDeadlineSeconds: 0 }, '.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    [
      { activeDeadlineSeconds: 2147483648 },
      '.activeDeadlineSeconds: Invalid value: 2147483648: must be between 1 and 2147483647, inclusive',
    ],
    [{ priorityClassName: 'A' }, `.priorityClassName: Invalid value: "A": ${subdomain}`],
    [{ runtimeClassName: '' }, `.runtimeClassName: Invalid value: "": ${subdomain}`],
    [{ preemptionPolicy: '' }, '.preemptionPolicy: Required value'],
    [{ preemptionPolicy: 'X' }, '.preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"'],
    [{ overhead: { cpu: '-1' } }, '.overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    [
      { hostAliases: [{ ip: 'x', hostnames: ['A'] }] },
      `.hostAliases[0].ip: Invalid value: "x": ${address}`,
      `.hostAliases[0].hostnames[0]: Invalid value: "A": ${subdomain}`,
    ],
    [
      { nodeSelector: { a: '!' } },
      ".nodeSelector: Invalid value: \"!\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    [
      { hostNetwork: true, containers: [{ name: 'a', image: 'i', ports: [{ containerPort: 80, hostPort: 81 }] }] },
      '.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
    ],
    [{ resourceClaims: [{ name: 'c', resourceClaimName: 'x' }] }],
    [
      { resourceClaims: [{ name: 'c' }] },
      '.resourceClaims[0]: Invalid value: {"Name":"c","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
    ],
    [
      { resourceClaims: [{ name: 'c', resourceClaimName: 'x', resourceClaimTemplateName: 'y' }] },
      '.resourceClaims[0]: Invalid value: {"Name":"c","ResourceClaimName":"x","ResourceClaimTemplateName":"y"}: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
    ],
    [
      {
        resourceClaims: [
          { name: 'c', resourceClaimName: 'X' },
          { name: 'c', resourceClaimName: 'x' },
        ],
      },
      `.resourceClaims[0].resourceClaimName: Invalid value: "X": ${subdomain}`,
      '.resourceClaims[1].name: Duplicate value: "c"',
    ],
    [{ schedulingGates: [{ name: 'a' }, { name: 'a' }] }, '.schedulingGates[1]: Duplicate value: "a"'],
    [
      { schedulingGates: [{ name: 'a' }], nodeName: 'n' },
      '.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ],
    [
      { readinessGates: [{ conditionType: 'a/b/c' }] },
      ".readinessGates[0].conditionType: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ],
  ])
})

describe('a pod’s environment', () => {
  const env = (...list: object[]) =>
    withSpec({
      containers: [{ name: 'a', image: 'i', env: list }],
      volumes: [
        { name: 'e', emptyDir: {} },
        { name: 's', secret: { secretName: 's' } },
      ],
    })
  itRefuses(pods, 'spec.containers[0].env[0]', (variable: object) => env(variable), [
    [{ name: 'A B' }],
    [{ name: '' }, '.name: Required value'],
    [
      { name: 'a=b' },
      '.name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
    ],
    [
      { name: 'A', valueFrom: {} },
      '.valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ],
    [
      { name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      '.valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 's', key: 'k' } } },
      '.valueFrom: Invalid value: "": may not have more than one field specified at a time',
    ],
    [{ name: 'A', valueFrom: { fieldRef: { fieldPath: '' } } }, '.valueFrom.fieldRef.fieldPath: Required value'],
    [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.whoops' } } },
      '.valueFrom.fieldRef.fieldPath: Invalid value: "metadata.whoops": error converting fieldPath: field label not supported: metadata.whoops',
    ],
    [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }],
    [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.name['app']" } } },
      '.valueFrom.fieldRef: Invalid value: "metadata.name": does not support subscript',
    ],
    [{ name: 'A', valueFrom: { resourceFieldRef: {} } }, '.valueFrom.resourceFieldRef.resource: Required value'],
    [
      { name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1k' } } },
      '.valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
    ],
    [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c' } } }, '.valueFrom.configMapKeyRef.key: Required value'],
    [
      { name: 'A', valueFrom: { secretKeyRef: { name: 'S', key: 'k' } } },
      `.valueFrom.secretKeyRef.name: Invalid value: "S": ${subdomain}`,
    ],
    [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'e', path: 'p', key: 'K' } } }],
    [
      { name: 'A', valueFrom: { fileKeyRef: { volumeName: 's', path: '../p', key: 'K' } } },
      `.valueFrom.fileKeyRef.path: Invalid value: "../p": must not contain '..'`,
      '.valueFrom.fileKeyRef.volumeName: Invalid value: "s": referenced volume must be of type emptyDir',
    ],
    [
      { name: 'A', valueFrom: { fileKeyRef: { volumeName: 'x', path: 'p', key: 'K' } } },
      '.valueFrom.fileKeyRef.volumeName: Not found: "x"',
    ],
  ])
})

describe('a pod’s annotations', () => {
  const annotated = (annotations: object) => ({ ...withSpec({}), metadata: { name: 'x', namespace: 'default', annotations } })
  itRefuses(pods, 'metadata.annotations', annotated, [
    [
      { 'kubernetes.io/config.mirror': 'm' },
      '[kubernetes.io/config.mirror]: Invalid value: "m": must set spec.nodeName if mirror pod annotation is set',
    ],
    [
      { 'controller.kubernetes.io/pod-deletion-cost': '1.5' },
      '[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "1.5": must be a 32bit integer',
    ],
    [{ 'controller.kubernetes.io/pod-deletion-cost': '-10' }],
    [
      { 'seccomp.security.alpha.kubernetes.io/pod': 'bad' },
      '.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "bad": must be a valid seccomp profile',
    ],
    [
      { 'container.apparmor.security.beta.kubernetes.io/b': 'bad' },
      '[container.apparmor.security.beta.kubernetes.io/b]: Invalid value: "b": container not found',
      '[container.apparmor.security.beta.kubernetes.io/b]: Invalid value: "bad": invalid AppArmor profile name: "bad"',
    ],
  ])
})
