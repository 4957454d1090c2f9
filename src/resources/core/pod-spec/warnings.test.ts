import deployments from '#resources/apps/deployments.ts'
import pods from '#resources/core/pods.ts'
import { itWarns } from '#resources/refusals.ts'

const withSpec = (spec: object) => ({ spec: { containers: [{ name: 'a', image: 'i' }], ...spec } })
const container = (fields: object) => withSpec({ containers: [{ name: 'a', image: 'i', ...fields }] })
const nothing = 'a null labelSelector results in matching no pod'
const must = 'requiredDuringSchedulingIgnoredDuringExecution'

describe('warnings of a pod’s spec', () => {
  itWarns(pods, 'spec', withSpec, [
    [{}],
    [
      { nodeSelector: { 'beta.kubernetes.io/arch': 'x' } },
      '.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "kubernetes.io/arch" instead',
    ],
    [
      {
        affinity: {
          nodeAffinity: {
            [must]: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'Exists' }] }] },
          },
        },
      },
      `.affinity.nodeAffinity.${must}.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead`,
    ],
    [
      {
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'failure-domain.beta.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
        ],
      },
      '.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      `.topologySpreadConstraints[0].labelSelector: ${nothing}`,
    ],
    [
      { affinity: { podAffinity: { [must]: [{ topologyKey: 'z' }] } } },
      `.affinity.podAffinity.${must}[0].labelSelector: ${nothing}`,
    ],
    [
      { volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] },
      '.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+',
    ],
    [
      { volumes: [{ name: 'v', cephfs: { monitors: ['m'] } }] },
      '.volumes[0].cephfs: deprecated in v1.28, non-functional in v1.31+',
    ],
    [
      { volumes: [{ name: 'v', rbd: { monitors: ['m'], image: 'i' } }] },
      '.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+',
    ],
    [
      { volumes: [{ name: 'v', storageos: { volumeName: 'v' } }] },
      '.volumes[0].storageOS: deprecated in v1.22, non-functional in v1.25+',
    ],
    [
      { volumes: [{ name: 'v', glusterfs: { endpoints: 'e', path: 'p' } }] },
      '.volumes[0].glusterfs: deprecated in v1.25, non-functional in v1.26+',
    ],
    [
      {
        volumes: [
          {
            name: 'v',
            configMap: {
              name: 'c',
              items: [
                { key: 'a', path: 'p' },
                { key: 'b', path: 'p/q' },
              ],
            },
          },
        ],
      },
      'volume "v" (ConfigMap "c"): overlapping paths: "p/q" with "p"',
    ],
    [
      {
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                { secret: { name: 's', items: [{ key: 'a', path: 'p' }] } },
                { configMap: { name: 'c', items: [{ key: 'b', path: 'p' }] } },
                {},
              ],
            },
          },
        ],
      },
      'volume "v" (Projected) has no sources provided',
      'volume "v" (Projected): overlapping paths: "p" (ConfigMap "c") with "p" (Secret "s")',
    ],
    [{ hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }] }, '.hostAliases[1].ip: duplicate ip "1.1.1.1"'],
    [
      { imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}] },
      '.imagePullSecrets[1].name: duplicate name "a"',
      '.imagePullSecrets[2].name: invalid empty name ""',
    ],
    [{ overhead: { memory: '0.5' } }, '.overhead[memory]: fractional byte value "500m" is invalid, must be an integer'],
    [
      { terminationGracePeriodSeconds: -1 },
      '.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ],
    [
      { dnsConfig: { nameservers: ['FE80::1'] } },
      '.dnsConfig.nameservers[0]: IPv6 address "FE80::1" should be in RFC 5952 canonical format ("fe80::1")',
    ],
  ])
})

describe('warnings of a pod’s container', () => {
  itWarns(pods, 'spec.containers[0]', container, [
    [
      { resources: { requests: { memory: '1m' } } },
      '.resources.requests[memory]: fractional byte value "1m" is invalid, must be an integer',
    ],
    [
      {
        env: [
          { name: 'a', value: '1' },
          { name: 'a', value: '2' },
        ],
      },
      '.env[1]: hides previous definition of "a", which may be dropped when using apply',
    ],
    [
      {
        env: [
          { name: 'a', value: '1' },
          { name: 'a', value: '$(a)2' },
        ],
      },
    ],
    [
      { ports: [{ containerPort: 80 }, { containerPort: 80 }] },
      '.ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ],
    [
      { ports: [{ containerPort: 80, hostPort: 1 }, { containerPort: 80 }] },
      '.ports[1]: overlapping port definition with spec.containers[0].ports[0]',
    ],
    [
      {
        ports: [
          { containerPort: 80, hostPort: 1 },
          { containerPort: 80, hostPort: 1, hostIP: '1.1.1.1' },
        ],
      },
      '.ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]',
    ],
    [
      { ports: [{ containerPort: 80, hostIP: '1.1.1.1' }] },
      '.ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.1.1.1}',
    ],
  ])
})

describe('warnings of annotations', () => {
  const annotated = (annotations: object) => ({ ...withSpec({}), metadata: { name: 'x', namespace: 'default', annotations } })
  itWarns(pods, 'metadata.annotations', annotated, [
    [
      { 'scheduler.alpha.kubernetes.io/critical-pod': '' },
      '[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    ],
    [
      { 'seccomp.security.alpha.kubernetes.io/pod': 'x' },
      '[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
    ],
    [
      { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' },
      '[container.apparmor.security.beta.kubernetes.io/a]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ],
  ])
})

describe('warnings of a template', () => {
  const template = (spec: object) => ({ spec: { selector: {}, template: withSpec(spec) } })
  itWarns(deployments, 'spec.template.spec', template, [
    [{}],
    [
      { terminationGracePeriodSeconds: -1 },
      '.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ],
  ])
})
