import assert from 'node:assert/strict'
import { conformance } from './harness/conformance.ts'
import { type Container, once, output, type PodSpec, pod, script } from './harness/pods.ts'
import type { Body } from './harness/site.ts'

/** What `id` says in a container, in numbers. */
const identity = (spec: PodSpec, container: Container, wanted: RegExp): Body => {
  return async t => {
    const text = 'echo "uid=$(id -u) gid=$(id -g)"; grep NoNewPrivs /proc/self/status'
    assert.match(await output(t, once('it', text, container, { containers: [script(text, container)], ...spec })), wanted)
  }
}

conformance('sig-node', 'Security Context', {
  'When creating a container with runAsUser should run the container with uid 65534': identity(
    {},
    { securityContext: { runAsUser: 65_534 } },
    /^uid=65534 /,
  ),
  'should support pod.Spec.SecurityContext.RunAsUser And pod.Spec.SecurityContext.RunAsGroup': identity(
    { securityContext: { runAsUser: 1001, runAsGroup: 2002 } },
    {},
    /^uid=1001 gid=2002$/m,
  ),
  'should support container.SecurityContext.RunAsUser And container.SecurityContext.RunAsGroup': identity(
    { securityContext: { runAsUser: 1001, runAsGroup: 2002 } },
    { securityContext: { runAsUser: 1002, runAsGroup: 2003 } },
    /^uid=1002 gid=2003$/m,
  ),
  'when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false': identity(
    {},
    { securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false } },
    /^NoNewPrivs:\s+1$/m,
  ),
  'When creating a pod with privileged should run the container as unprivileged when false': async t => {
    const said = await output(
      t,
      once('it', 'ip link add dummy0 type dummy 2>&1 || true', { securityContext: { privileged: false } }),
    )
    assert.match(said, /Operation not permitted/)
  },
  'When creating a pod with readOnlyRootFilesystem should run the container with writable rootfs when readOnlyRootFilesystem=false':
    async t => {
      await output(t, once('it', 'touch /checkfile', { securityContext: { readOnlyRootFilesystem: false } }))
    },
})

conformance('sig-node', 'Sysctls', {
  'should support sysctls [MinimumKubeletVersion:1.21] [Environment:NotInUserNS]': async t => {
    const securityContext = { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] }
    assert.equal(await output(t, once('it', 'cat /proc/sys/kernel/shm_rmid_forced', {}, { securityContext })), '1\n')
  },
  'should reject invalid sysctls [MinimumKubeletVersion:1.21]': async t => {
    const sysctls = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'].map(name => ({ name, value: '1' }))
    const asked = t.of('pods').create(pod('it', { securityContext: { sysctls } }))
    await assert.rejects(asked, /Invalid value: "foo-"[\s\S]*Invalid value: "bar\.\."/)
  },
})
