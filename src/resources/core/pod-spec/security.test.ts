import pods from '#resources/core/pods.ts'
import { itRefuses } from '#resources/refusals.ts'

const withSpec = (spec: object) => ({ spec: { containers: [{ name: 'a', image: 'i' }], ...spec } })
const user = 'must be between 0 and 2147483647, inclusive'

describe('a pod’s security context', () => {
  itRefuses(pods, 'spec.securityContext', (context: object) => withSpec({ securityContext: context }), [
    [{ runAsUser: -1 }, `.runAsUser: Invalid value: -1: ${user}`],
    [{ runAsGroup: 2147483648 }, `.runAsGroup: Invalid value: 2147483648: ${user}`],
    [{ fsGroup: -1 }, `.fsGroup: Invalid value: -1: ${user}`],
    [{ supplementalGroups: [1, -1] }, `.supplementalGroups[1]: Invalid value: -1: ${user}`],
    [{ fsGroupChangePolicy: 'X' }, '.fsGroupChangePolicy: Unsupported value: "X": supported values: "Always", "OnRootMismatch"'],
    [{ supplementalGroupsPolicy: 'X' }, '.supplementalGroupsPolicy: Unsupported value: "X": supported values: "Merge", "Strict"'],
    [{ seLinuxChangePolicy: 'X' }, '.seLinuxChangePolicy: Unsupported value: "X": supported values: "MountOption", "Recursive"'],
    [{ sysctls: [{ name: 'kernel.shmmax', value: '1' }] }],
    [{ sysctls: [{ value: '1' }] }, '.sysctls[0].name: Required value'],
    [
      { sysctls: [{ name: 'i@', value: '1' }] },
      '.sysctls[0].name: Invalid value: "i@": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
    ],
    [
      {
        sysctls: [
          { name: 'kernel.a', value: '1' },
          { name: 'kernel.a', value: '1' },
        ],
      },
      '.sysctls[1].name: Duplicate value: "kernel.a"',
    ],
    [{ seccompProfile: {} }, '.seccompProfile.type: Required value: type is required when seccompProfile is set'],
    [
      { seccompProfile: { type: 'X' } },
      '.seccompProfile.type: Unsupported value: "X": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
    ],
    [
      { seccompProfile: { type: 'Localhost' } },
      '.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
    ],
    [
      { seccompProfile: { type: 'Localhost', localhostProfile: '/p' } },
      '.seccompProfile.localhostProfile: Invalid value: "/p": must be a relative path',
    ],
    [
      { seccompProfile: { type: 'Unconfined', localhostProfile: 'p' } },
      '.seccompProfile.localhostProfile: Invalid value: {"Type":"Unconfined","LocalhostProfile":"p"}: can only be set when seccomp type is Localhost',
    ],
    [{ appArmorProfile: { type: 'RuntimeDefault' } }],
    [{ appArmorProfile: {} }, '.appArmorProfile.type: Required value: type is required when appArmorProfile is set'],
    [
      { appArmorProfile: { type: 'X' } },
      '.appArmorProfile.type: Unsupported value: "X": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
    ],
    [
      { appArmorProfile: { type: 'Localhost' } },
      '.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost',
    ],
    [
      { appArmorProfile: { type: 'Localhost', localhostProfile: ' p' } },
      '.appArmorProfile.localhostProfile: Invalid value: " p": must not be padded with whitespace',
    ],
    [
      { appArmorProfile: { type: 'Unconfined', localhostProfile: 'p' } },
      '.appArmorProfile.localhostProfile: Invalid value: "p": can only be set when AppArmor type is Localhost',
    ],
    [
      { windowsOptions: { gmsaCredentialSpec: '' } },
      '.windowsOptions.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec cannot be an empty string',
    ],
    [
      { windowsOptions: { runAsUserName: '' } },
      '.windowsOptions.runAsUserName: Invalid value: "": runAsUserName cannot be an empty string',
    ],
    [
      { windowsOptions: { runAsUserName: 'a\tb' } },
      '.windowsOptions.runAsUserName: Invalid value: "a\\tb": runAsUserName cannot contain control characters',
    ],
    [
      { windowsOptions: { runAsUserName: 'a\\b\\c' } },
      '.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash',
    ],
    [{ windowsOptions: { runAsUserName: 'NT AUTHORITY\\NETWORK SERVICE' } }],
    [
      { windowsOptions: { runAsUserName: 'a\\' } },
      '.windowsOptions.runAsUserName: Invalid value: "a\\\\": runAsUserName\'s User cannot be empty',
    ],
    [
      { windowsOptions: { runAsUserName: '...' } },
      '.windowsOptions.runAsUserName: Invalid value: "...": runAsUserName\'s User cannot contain only periods or spaces',
    ],
    [
      { windowsOptions: { runAsUserName: 'a?' } },
      '.windowsOptions.runAsUserName: Invalid value: "a?": runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]',
    ],
    [
      { windowsOptions: { runAsUserName: '.domain\\user' } },
      '.windowsOptions.runAsUserName: Invalid value: ".domain\\\\user": runAsUserName\'s Domain doesn\'t match the NetBios nor the DNS format',
    ],
    [
      { windowsOptions: { hostProcess: true } },
      'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
    ],
  ])
})

describe('a container’s security context', () => {
  const container = (securityContext: object) => withSpec({ containers: [{ name: 'a', image: 'i', securityContext }] })
  itRefuses(pods, 'spec.containers[0].securityContext', container, [
    [{ privileged: true }],
    [{ runAsUser: -1 }, `.runAsUser: Invalid value: -1: ${user}`],
    [{ procMount: 'X' }, '.procMount: Unsupported value: "X": supported values: "Default", "Unmasked"'],
    [{ procMount: 'Unmasked' }, '.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`'],
    [
      { allowPrivilegeEscalation: false, privileged: true },
      ': Invalid value: {"allowPrivilegeEscalation":false,"privileged":true}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
    [
      { seccompProfile: { type: 'Localhost' } },
      '.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
    ],
    [
      { windowsOptions: { hostProcess: true } },
      'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
    ],
  ])
})

describe('a pod that names its operating system', () => {
  itRefuses(pods, 'spec', withSpec, [
    [{ os: { name: 'linux' } }],
    [{ os: { name: '' } }, '.os.name: Required value'],
    [{ os: { name: 'dummyOS' } }, '.os: Unsupported value: "dummyOS": supported values: "linux", "windows"'],
    [
      { os: { name: 'linux' }, securityContext: { windowsOptions: { runAsUserName: 'u' } } },
      '.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
    ],
    [
      {
        os: { name: 'windows' },
        hostPID: true,
        hostUsers: true,
        shareProcessNamespace: false,
        securityContext: { runAsUser: 1, fsGroup: 1 },
      },
      '.hostUsers: Forbidden: cannot be set for a windows pod',
      '.hostPID: Forbidden: cannot be set for a windows pod',
      '.securityContext.fsGroup: Forbidden: cannot be set for a windows pod',
      '.shareProcessNamespace: Forbidden: cannot be set for a windows pod',
      '.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
    ],
    [
      {
        os: { name: 'windows' },
        containers: [{ name: 'a', image: 'i', securityContext: { capabilities: {}, privileged: false } }],
      },
      '.containers[0].securityContext.capabilities: Forbidden: cannot be set for a windows pod',
      '.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod',
    ],
    [{ os: { name: 'windows' }, resources: { limits: { cpu: '1' } } }, '.resources: Forbidden: may not be set for a windows pod'],
  ])
})

describe('a pod in the host’s namespaces', () => {
  itRefuses(pods, 'spec', withSpec, [
    [
      { hostUsers: false, hostNetwork: true, hostPID: true, hostIPC: true },
      '.hostNetwork: Forbidden: when `hostUsers` is false',
      '.HostPID: Forbidden: when `hostUsers` is false',
      '.HostIPC: Forbidden: when `hostUsers` is false',
    ],
    [
      { hostPID: true, shareProcessNamespace: true },
      '.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
    ],
    [
      { hostNetwork: true, securityContext: { sysctls: [{ name: 'net.ipv4.x', value: '1' }] } },
      '.securityContext.sysctls[0].name: Invalid value: "net.ipv4.x": may not be specified when \'hostNetwork\' is true',
    ],
    [
      { hostIPC: true, securityContext: { sysctls: [{ name: 'kernel/shmmax', value: '1' }] } },
      '.securityContext.sysctls[0].name: Invalid value: "kernel/shmmax": may not be specified when \'hostIPC\' is true',
    ],
  ])
})

describe('what a pod asks for as a whole', () => {
  const spec = ({ pod, container = {} }: { pod: object; container?: object }) =>
    withSpec({ resources: pod, containers: [{ name: 'a', image: 'i', resources: container }] })
  itRefuses(pods, 'spec.resources', spec, [
    [{ pod: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } }],
    [
      { pod: { limits: { 'ephemeral-storage': '1' } } },
      '.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"',
    ],
    [
      { pod: { requests: { cpu: '1' } }, container: { requests: { cpu: '2' } } },
      '.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
    ],
    [
      { pod: { limits: { cpu: '1' } }, container: { limits: { cpu: '2' }, requests: { cpu: '1' } } },
      '.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
    ],
    [
      { pod: { claims: [{ name: 'x' }] } },
      '.claims: Forbidden: claims may not be set for Resources at pod-level',
      '.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty',
    ],
    [
      { pod: { requests: { cpu: '2' }, limits: { cpu: '1' } } },
      '.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
  ])
})
