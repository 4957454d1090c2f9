import type Docker from 'dockerode'
import type { AppArmorProfile, Container, Pod, SeccompProfile } from '#api/core/v1.ts'

/** The engine's options that a container's security context asks for, on top of its pod's. */
export function securityOptions(pod: Pod, container: Container): Docker.HostConfig {
  const ofPod = pod.spec?.securityContext ?? {}
  const own = container.securityContext ?? {}
  const groups = [...(ofPod.supplementalGroups ?? []), ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup])]
  return {
    Privileged: own.privileged ?? false,
    ReadonlyRootfs: own.readOnlyRootFilesystem ?? false,
    ...(groups.length > 0 && { GroupAdd: groups.map(String) }),
    ...(own.capabilities?.add && { CapAdd: own.capabilities.add }),
    ...(own.capabilities?.drop && { CapDrop: own.capabilities.drop }),
    ...(own.procMount === 'Unmasked' && { MaskedPaths: [], ReadonlyPaths: [] }),
    SecurityOpt: [
      ...seccomp(own.seccompProfile ?? ofPod.seccompProfile, own.privileged ?? false),
      ...appArmor(own.appArmorProfile ?? ofPod.appArmorProfile),
      ...(own.allowPrivilegeEscalation === false ? ['no-new-privileges'] : []),
    ],
  }
}

/** Without a profile a container is unconfined, as upstream's is unless the node says otherwise. Throws for profiles of the node's own. */
function seccomp(profile: SeccompProfile | undefined, privileged: boolean): string[] {
  if (privileged || profile?.type === 'RuntimeDefault') return []
  if (profile?.type === 'Localhost')
    throw new Error(`seccomp profile ${profile.localhostProfile}: profiles of type Localhost are not supported`)
  return ['seccomp=unconfined']
}

function appArmor(profile: AppArmorProfile | undefined): string[] {
  if (profile?.type === 'Localhost') return [`apparmor=${profile.localhostProfile}`]
  return profile?.type === 'Unconfined' ? ['apparmor=unconfined'] : []
}

/**
 * Whom a container runs as, as the engine takes it: `uid`, `uid:gid`, or undefined for whom the image says.
 * `imageUser` is asked only where a group stands alone.
 */
export async function user(pod: Pod, container: Container, imageUser: () => Promise<string>): Promise<string | undefined> {
  const ofPod = pod.spec?.securityContext
  const { runAsUser = ofPod?.runAsUser, runAsGroup = ofPod?.runAsGroup } = container.securityContext ?? {}
  if (runAsGroup === undefined) return runAsUser?.toString()
  const name = runAsUser ?? ((await imageUser()).replace(/:.*/, '') || 0)
  return `${name}:${runAsGroup}`
}
