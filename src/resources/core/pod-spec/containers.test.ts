import pods from '#resources/core/pods.ts'
import { itRefuses } from '#resources/refusals.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const volumes = [
  { name: 'v', emptyDir: {} },
  { name: 'w', persistentVolumeClaim: { claimName: 'c' } },
]
const withContainer = (container: object) => ({
  spec: {
    containers: [{ name: 'a', image: 'i', ...container }],
    volumes,
    resourceClaims: [{ name: 'gpu', resourceClaimName: 'g' }],
  },
})

describe('a pod’s container', () => {
  itRefuses(pods, 'spec.containers[0]', withContainer, [
    [{}],
    [{ name: '' }, '.name: Required value'],
    [{ name: 'A' }, `.name: Invalid value: "A": ${label}`],
    [{ image: '' }, '.image: Required value'],
    [{ image: ' i' }, '.image: Invalid value: " i": must not have leading or trailing whitespace'],
    [{ imagePullPolicy: 'P' }, '.imagePullPolicy: Unsupported value: "P": supported values: "Always", "IfNotPresent", "Never"'],
    [
      { terminationMessagePolicy: 'P' },
      '.terminationMessagePolicy: Unsupported value: "P": supported values: "File", "FallbackToLogsOnError"',
    ],
    [{ ports: [{}] }, '.ports[0].containerPort: Required value'],
    [
      { ports: [{ containerPort: 65536 }] },
      '.ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive',
    ],
    [
      { ports: [{ containerPort: 1, hostPort: -1 }] },
      '.ports[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive',
    ],
    [
      { ports: [{ containerPort: 1, protocol: 'ICMP' }] },
      '.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      { ports: [{ containerPort: 1, name: 'x'.repeat(16) }] },
      `.ports[0].name: Invalid value: "${'x'.repeat(16)}": must be no more than 15 characters`,
    ],
    [{ ports: [{ containerPort: 1, name: '1' }] }, '.ports[0].name: Invalid value: "1": must contain at least one letter (a-z)'],
    [
      {
        ports: [
          { containerPort: 1, name: 'a' },
          { containerPort: 2, name: 'a' },
        ],
      },
      '.ports[1].name: Duplicate value: "a"',
    ],
    [
      {
        ports: [
          { containerPort: 1, hostPort: 8 },
          { containerPort: 2, hostPort: 8 },
        ],
      },
      '.ports[1].hostPort: Duplicate value: "TCP//8"',
    ],
    [
      {
        ports: [
          { containerPort: 1, hostPort: 8 },
          { containerPort: 2, hostPort: 8, hostIP: '1.2.3.4' },
        ],
      },
    ],
    [{ volumeMounts: [{ name: 'x', mountPath: '/x' }] }, '.volumeMounts[0].name: Not found: "x"'],
    [{ volumeMounts: [{ name: 'v' }] }, '.volumeMounts[0].mountPath: Required value'],
    [
      {
        volumeMounts: [
          { name: 'v', mountPath: '/a' },
          { name: 'w', mountPath: '/a' },
        ],
      },
      '.volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
    ],
    [
      { volumeMounts: [{ name: 'v', mountPath: '/a', subPath: '/b' }] },
      '.volumeMounts.subPath: Invalid value: "/b": must be a relative path',
    ],
    [
      { volumeMounts: [{ name: 'v', mountPath: '/a', subPath: 'b', subPathExpr: 'c/../d' }] },
      '.volumeMounts[0].subPathExpr: Invalid value: "c/../d": subPathExpr and subPath are mutually exclusive',
      `.volumeMounts.subPathExpr: Invalid value: "c/../d": must not contain '..'`,
    ],
    [
      { volumeMounts: [{ name: 'v', mountPath: '/a', mountPropagation: 'X' }] },
      '.volumeMounts.mountPropagation: Unsupported value: "X": supported values: "Bidirectional", "HostToContainer", "None"',
    ],
    [
      { volumeMounts: [{ name: 'v', mountPath: '/a', mountPropagation: 'Bidirectional' }] },
      '.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
    ],
    [
      {
        volumeMounts: [{ name: 'v', mountPath: '/a', mountPropagation: 'Bidirectional' }],
        securityContext: { privileged: true },
      },
    ],
    [
      { volumeMounts: [{ name: 'v', mountPath: '/a', recursiveReadOnly: 'Enabled' }] },
      '.volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true',
    ],
    [
      {
        volumeMounts: [
          { name: 'v', mountPath: '/a', readOnly: true, recursiveReadOnly: 'IfPossible', mountPropagation: 'HostToContainer' },
        ],
      },
      '.volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified',
    ],
    [
      { volumeMounts: [{ name: 'v', mountPath: '/a', recursiveReadOnly: 'X' }] },
      '.volumeMounts.recursiveReadOnly: Unsupported value: "X": supported values: "Disabled", "Enabled", "IfPossible"',
    ],
    [{ volumeDevices: [{ name: 'w', devicePath: '/dev/a' }] }],
    [
      { volumeDevices: [{ name: 'v', devicePath: '/dev/a' }] },
      '.volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
    ],
    [{ volumeDevices: [{ name: 'x', devicePath: '/a' }] }, '.volumeDevices[0].name: Not found: "x"'],
    [{ volumeDevices: [{ name: 'w' }] }, '.volumeDevices[0].devicePath: Required value'],
    [
      { volumeDevices: [{ name: 'w', devicePath: '/a/../b' }] },
      `.volumeDevices[0].devicePath: Invalid value: "/a/../b": can not contain backsteps ('..')`,
    ],
    [
      {
        volumeDevices: [
          { name: 'w', devicePath: '/a' },
          { name: 'w', devicePath: '/a' },
        ],
      },
      '.volumeDevices[1].name: Invalid value: "w": must be unique',
      '.volumeDevices[1].devicePath: Invalid value: "/a": must be unique',
    ],
    [
      { volumeDevices: [{ name: 'w', devicePath: '/a' }], volumeMounts: [{ name: 'w', mountPath: '/a' }] },
      '.volumeMounts[0].name: Invalid value: "w": must not already exist in volumeDevices',
      '.volumeMounts[0].mountPath: Invalid value: "/a": must not already exist as a path in volumeDevices',
      '.volumeDevices[0].name: Invalid value: "w": must not already exist in volumeMounts',
      '.volumeDevices[0].devicePath: Invalid value: "/a": must not already exist as a path in volumeMounts',
    ],
    [{ restartPolicy: 'Always' }],
    [{ restartPolicy: 'X' }, '.restartPolicy: Unsupported value: "X": supported values: "Always", "Never", "OnFailure"'],
    [
      { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] },
      '.restartPolicy: Required value: must specify restartPolicy when restart rules are used',
    ],
    [
      { restartPolicy: 'Never', restartPolicyRules: [{ action: 'Stop' }] },
      '.restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"',
      '.restartPolicyRules[0].exitCodes: Required value: must be specified',
    ],
    [
      { restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'Is', values: [1] } }] },
      '.restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"',
    ],
    [
      {
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: Array(256).fill(1) } }],
      },
      '.restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items',
    ],
    [
      {
        restartPolicy: 'Never',
        restartPolicyRules: Array(21).fill({ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }),
      },
      '.restartPolicyRules: Too many: 21: must have at most 20 items',
    ],
    [{ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] }],
    [
      { resizePolicy: [{ resourceName: 'storage', restartPolicy: 'Never' }] },
      '.resizePolicy: Unsupported value: "storage": supported values: "cpu", "memory"',
      '.resizePolicy: Unsupported value: "Never": supported values: "NotRequired", "RestartContainer"',
    ],
    [
      {
        resizePolicy: [
          { resourceName: 'cpu', restartPolicy: 'NotRequired' },
          { resourceName: 'cpu', restartPolicy: 'NotRequired' },
        ],
      },
      '.resizePolicy[1]: Duplicate value: "cpu"',
    ],
    [{ resizePolicy: [{}] }, '.resizePolicy: Required value', '.resizePolicy: Required value'],
  ])
})

describe('containers that run before, or look inside', () => {
  const spec = (lists: object) => ({ spec: { containers: [{ name: 'a', image: 'i' }], ...lists } })
  const probe = { httpGet: { port: 80 } }
  itRefuses(pods, 'spec', spec, [
    [{ initContainers: [{ name: 'b', image: 'i' }] }],
    [{ initContainers: [{ name: 'a', image: 'i' }] }, '.initContainers[0].name: Duplicate value: "a"'],
    [
      { initContainers: [{ name: 'b', image: 'i', livenessProbe: probe, lifecycle: {} }] },
      '.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always',
      '.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    [{ initContainers: [{ name: 'b', image: 'i', restartPolicy: 'Always', livenessProbe: probe }] }],
    [
      { initContainers: [{ name: 'b', image: 'i', restartPolicy: 'Always', readinessProbe: {} }] },
      '.initContainers[0].readinessProbe: Required value: must specify a handler type',
    ],
    [{ containers: [] }, '.containers: Required value'],
    [
      {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'a', image: 'i' },
        ],
      },
      '.containers[1].name: Duplicate value: "a"',
    ],
    [{ ephemeralContainers: [{ name: 'd', image: 'i' }] }, '.ephemeralContainers: Forbidden: cannot be set on create'],
    [
      { ephemeralContainers: [{ name: 'a', image: 'i', targetContainerName: 'z' }] },
      '.ephemeralContainers[0].name: Duplicate value: "a"',
      '.ephemeralContainers[0].targetContainerName: Not found: "z"',
      '.ephemeralContainers: Forbidden: cannot be set on create',
    ],
    [
      {
        ephemeralContainers: [
          {
            name: 'd',
            image: 'i',
            ports: [{ containerPort: 1 }],
            resources: { limits: { cpu: '1' } },
            livenessProbe: probe,
            restartPolicy: 'Always',
          },
        ],
      },
      '.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      '.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container',
      '.ephemeralContainers[0].restartPolicy: Forbidden: cannot be set for an Ephemeral Container',
      '.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container',
      '.ephemeralContainers: Forbidden: cannot be set on create',
    ],
  ])
})
