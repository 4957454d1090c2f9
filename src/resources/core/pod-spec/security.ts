import type { PodSecurityContext, PodSpec, SecurityContext } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { groupId, userId } from '#machinery/names.ts'
import { each, oneOfIfSet } from '#resources/checks.ts'
import { containersOf } from './every-container.ts'
import { validateAppArmor, validateSeccomp } from './profiles.ts'
import { validateWindowsOptions } from './windows.ts'

/** Checks under which identity and restrictions a pod runs. `path` is the spec's. */
export function* validatePodSecurity(spec: PodSpec, path: string): Generator<Cause> {
  const context: PodSecurityContext = spec.securityContext ?? {}
  const at = `${path}.securityContext`
  if (context.fsGroup !== undefined) yield* invalidEach(`${at}.fsGroup`, context.fsGroup, groupId(context.fsGroup))
  yield* validateIdentity(context, at)
  yield* each(context.supplementalGroups, `${at}.supplementalGroups`, (group, groupAt) =>
    invalidEach(groupAt, group, groupId(group)),
  )
  if (spec.shareProcessNamespace && spec.hostPID) {
    yield invalidValue(`${at}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')
  }
  yield* oneOfIfSet(context.fsGroupChangePolicy, `${at}.fsGroupChangePolicy`, ['Always', 'OnRootMismatch'])
  yield* validateSysctls(spec, `${at}.sysctls`)
  yield* validateSeccomp(context.seccompProfile, `${at}.seccompProfile`)
  yield* validateWindowsOptions(context.windowsOptions, `${at}.windowsOptions`)
  yield* validateAppArmor(context.appArmorProfile, `${at}.appArmorProfile`)
  yield* oneOfIfSet(context.supplementalGroupsPolicy, `${at}.supplementalGroupsPolicy`, ['Merge', 'Strict'])
  yield* oneOfIfSet(context.seLinuxChangePolicy, `${at}.seLinuxChangePolicy`, ['MountOption', 'Recursive'])
}

// Upstream prints it just so.
const sysctlPattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'
const sysctlName = new RegExp(sysctlPattern)
const longestSysctl = 253
const ofNetwork = /^net[./]/
const ofIpc = /^(kernel[./](shm|msg|sem$)|fs[./]mqueue[./])/

function* validateSysctls(spec: PodSpec, path: string): Generator<Cause> {
  const names = new Set<string>()
  for (const [index, { name }] of (spec.securityContext?.sysctls ?? []).entries()) {
    const at = `${path}[${index}].name`
    if (!name) yield required(at)
    else if (name.length > longestSysctl || !sysctlName.test(name)) {
      yield invalidValue(at, name, `must have at most ${longestSysctl} characters and match regex ${sysctlPattern}`)
    } else if (names.has(name)) yield duplicate(at, name)
    if (spec.hostNetwork && ofNetwork.test(name)) yield invalidValue(at, name, "may not be specified when 'hostNetwork' is true")
    if (spec.hostIPC && ofIpc.test(name)) yield invalidValue(at, name, "may not be specified when 'hostIPC' is true")
    names.add(name)
  }
}

/** Checks under which identity and restrictions a container runs. */
export function* validateContainerSecurity(
  context: SecurityContext | undefined,
  hostUsers: boolean,
  path: string,
): Generator<Cause> {
  if (!context) return
  yield* validateIdentity(context, path)
  yield* oneOfIfSet(context.procMount, `${path}.procMount`, ['Default', 'Unmasked'])
  if (hostUsers && context.procMount === 'Unmasked') {
    yield invalidValue(`${path}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`')
  }
  yield* validateSeccomp(context.seccompProfile, `${path}.seccompProfile`)
  yield* validateEscalation(context, path)
  yield* validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`)
  yield* validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`)
}

function* validateEscalation(context: SecurityContext, path: string): Generator<Cause> {
  if (context.allowPrivilegeEscalation !== false) return
  if (context.privileged) {
    yield invalidValue(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true')
  }
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    yield invalidValue(path, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN')
  }
}

function* validateIdentity({ runAsUser, runAsGroup }: SecurityContext | PodSecurityContext, path: string): Generator<Cause> {
  if (runAsUser !== undefined) yield* invalidEach(`${path}.runAsUser`, runAsUser, userId(runAsUser))
  if (runAsGroup !== undefined) yield* invalidEach(`${path}.runAsGroup`, runAsGroup, groupId(runAsGroup))
}

/** Checks that a pod in the host's namespaces does not ask for users of its own. */
export function* validateHostUsers(spec: PodSpec, path: string): Generator<Cause> {
  if (spec.hostUsers !== false) return
  // Upstream prints the Go names of the last two.
  if (spec.hostNetwork) yield forbidden(`${path}.hostNetwork`, 'when `hostUsers` is false')
  if (spec.hostPID) yield forbidden(`${path}.HostPID`, 'when `hostUsers` is false')
  if (spec.hostIPC) yield forbidden(`${path}.HostIPC`, 'when `hostUsers` is false')
  for (const [{ volumeDevices }, at] of containersOf(spec, path))
    if (volumeDevices?.length) yield forbidden(`${at}.volumeDevices`, 'when `hostUsers` is false')
}
