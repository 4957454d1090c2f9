import assert from 'node:assert/strict'
import type { Container, Pod } from '#api/core/v1.ts'
import { podOf } from '#kubelet/runtime.contract.ts'
import { containerOptions, portMappings, sandboxOptions } from './options.ts'
import { user } from './security.ts'

const host = { memoryBytes: 8 * 2 ** 30, lowestOomScore: -1000 }

function optionsOf(
  container: Partial<Container>,
  spec: Partial<NonNullable<Pod['spec']>> = {},
): ReturnType<typeof containerOptions> {
  const pod = podOf('pod', container, spec)
  return containerOptions(
    {
      ...{ do: 'start container', pod, container: pod.spec!.containers[0]!, attempt: 2, sandboxId: 'docker://abc', hash: 'h' },
      ...{ env: [{ name: 'A', value: 'b' }], mounts: [{ hostPath: '/a', containerPath: '/b', propagation: 'HostToContainer' }] },
    },
    { owner: 'node', host, user: undefined, targetId: undefined },
  )
}

describe('what Docker is told about a container', () => {
  it('is named so that each attempt has a name of its own', () => {
    assert.equal(optionsOf({}).name, 'k8s_main_pod_default_pod-0f5e_2')
  })

  it('replaces the image’s entrypoint by command, and its arguments by args', () => {
    assert.deepEqual([optionsOf({ command: ['a'], args: ['b'] }).Entrypoint, optionsOf({ args: ['b'] }).Cmd], [['a'], ['b']])
    assert.ok(!('Entrypoint' in optionsOf({ args: ['b'] })) && !('Cmd' in optionsOf({ command: ['a'] })))
  })

  it('joins the sandbox’s network and IPC, its processes only if the pod shares them, and the host’s if it asks for those', () => {
    const { NetworkMode, IpcMode, PidMode } = optionsOf({}).HostConfig!
    assert.deepEqual([NetworkMode, IpcMode, PidMode], ['container:abc', 'container:abc', undefined])
    assert.equal(optionsOf({}, { shareProcessNamespace: true }).HostConfig!.PidMode, 'container:abc')
    const ofHost = optionsOf({}, { hostPID: true, hostIPC: true }).HostConfig!
    assert.deepEqual([ofHost.PidMode, ofHost.IpcMode], ['host', 'host'])
  })

  it('binds directories of the host, with their propagation', () => {
    const [mount] = optionsOf({}).HostConfig!.Mounts!
    assert.deepEqual(mount, { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: false, BindOptions: { Propagation: 'rslave' } })
  })

  it('is unconfined by seccomp unless a profile is asked for', () => {
    assert.deepEqual(optionsOf({}).HostConfig!.SecurityOpt, ['seccomp=unconfined'])
    const securityContext = { seccompProfile: { type: 'RuntimeDefault' }, allowPrivilegeEscalation: false } as const
    assert.deepEqual(optionsOf({ securityContext }).HostConfig!.SecurityOpt, ['no-new-privileges'])
    assert.throws(
      () => optionsOf({ securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'x.json' } } }),
      /not supported/,
    )
  })

  it('runs as the container’s user rather than the pod’s, and with a group alone as the image’s user', async () => {
    const imageUser = async (): Promise<string> => 'nobody:nogroup'
    const as = (own: object, ofPod: object): Promise<string | undefined> => {
      const pod = podOf('pod', { securityContext: own }, { securityContext: ofPod })
      return user(pod, pod.spec!.containers[0]!, imageUser)
    }
    assert.equal(await as({}, {}), undefined)
    assert.equal(await as({ runAsUser: 0 }, { runAsUser: 5 }), '0')
    assert.equal(await as({}, { runAsUser: 5, runAsGroup: 6 }), '5:6')
    assert.equal(await as({ runAsGroup: 6 }, {}), 'nobody:6')
  })
})

describe('what Docker is told about a sandbox', () => {
  it('has no network of Docker’s, or the host’s', () => {
    const options = (spec: object): ReturnType<typeof sandboxOptions> =>
      sandboxOptions({ do: 'create sandbox', pod: podOf('pod', {}, spec), attempt: 0, hostname: 'name' }, 'node', host)
    const own = options({ securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '99' }] } })
    assert.deepEqual([own.Hostname, own.NetworkDisabled, own.HostConfig?.NetworkMode], ['name', true, 'none'])
    assert.deepEqual(own.HostConfig?.Sysctls, { 'net.core.somaxconn': '99' })
    const ofHost = options({ hostNetwork: true })
    assert.deepEqual([ofHost.Hostname, ofHost.NetworkDisabled, ofHost.HostConfig?.NetworkMode], [undefined, undefined, 'host'])
  })

  it('leads the host ports of its containers and sidecars to them', () => {
    const ports = [
      { containerPort: 53, hostPort: 5353, protocol: 'UDP', hostIP: '127.0.0.1' },
      { containerPort: 80 },
    ] as Container['ports']
    const sidecar = { name: 's', restartPolicy: 'Always', ports: [{ containerPort: 1, hostPort: 2 }] } as Container
    const pod = podOf(
      'pod',
      { ports: ports! },
      { initContainers: [sidecar, { name: 'i', ports: [{ containerPort: 3, hostPort: 4 }] }] },
    )
    assert.deepEqual(portMappings(pod), [
      { hostPort: 2, containerPort: 1, protocol: 'tcp' },
      { hostPort: 5353, containerPort: 53, protocol: 'udp', hostIP: '127.0.0.1' },
    ])
    pod.spec!.hostNetwork = true
    assert.deepEqual(portMappings(pod), [])
  })
})
