import type { PodSecurityContext, PodSpec, SecurityContext } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, notSupported, required } from '#machinery/causes.ts'
import { containersOf } from './every-container.ts'

const systems = ['linux', 'windows']

/** What upstream refuses for Windows, in its order: fields of the pod's security context, and (as the API has them) of the spec. */
const notForWindowsPods: readonly (keyof PodSecurityContext | `spec.${keyof PodSpec}`)[] = [
  'appArmorProfile',
  'seLinuxOptions',
  'spec.hostUsers',
  'spec.hostPID',
  'spec.hostIPC',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'spec.shareProcessNamespace',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
]

const notForWindowsContainers: readonly (keyof SecurityContext)[] = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
]

/** Checks that a pod which names its operating system asks of it only what it has. `path` is the spec's. */
export function* validateOs(spec: PodSpec, path: string): Generator<Cause> {
  if (!spec.os) return
  const { name } = spec.os
  if (!name) yield required(`${path}.os.name`)
  else if (!systems.includes(name)) yield notSupported(`${path}.os`, name, systems)
  else if (name === 'linux') yield* validateLinux(spec, path)
  else yield* validateWindows(spec, path)
}

function* validateLinux(spec: PodSpec, path: string): Generator<Cause> {
  const contexts: [{ windowsOptions?: object } | undefined, string][] = [[spec.securityContext, path]]
  for (const [{ securityContext }, at] of containersOf(spec, path)) contexts.push([securityContext, at])
  for (const [context, at] of contexts) {
    if (context?.windowsOptions)
      yield forbidden(`${at}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod')
  }
}

function* validateWindows(spec: PodSpec, path: string): Generator<Cause> {
  const detail = 'cannot be set for a windows pod'
  const context = spec.securityContext ?? {}
  for (const field of notForWindowsPods) {
    const ofSpec = field.startsWith('spec.')
    const name = field.replace('spec.', '')
    const value = ofSpec ? spec[name as keyof PodSpec] : context[name as keyof PodSecurityContext]
    // hostPID and hostIPC are no pointers: false is as good as nothing.
    const given = name === 'hostPID' || name === 'hostIPC' ? value === true : value !== undefined
    if (given) yield forbidden(ofSpec ? `${path}.${name}` : `${path}.securityContext.${name}`, detail)
  }
  for (const [{ securityContext = {} }, at] of containersOf(spec, path)) {
    for (const field of notForWindowsContainers)
      if (securityContext[field] !== undefined) yield forbidden(`${at}.securityContext.${field}`, detail)
  }
}
