import type { AppArmorProfile, PodTemplateSpec, SeccompProfile } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, notSupported, required, tooLong } from '#machinery/causes.ts'
import { containersOf } from './every-container.ts'
import { validateDescendingPath } from './paths.ts'

const types = ['Localhost', 'RuntimeDefault', 'Unconfined']
const longestPath = 4095

/** Checks which system calls something may make. */
export function* validateSeccomp(profile: SeccompProfile | undefined, path: string): Generator<Cause> {
  if (!profile) return
  const { type, localhostProfile } = profile
  if (!type) yield required(`${path}.type`, 'type is required when seccompProfile is set')
  else if (!types.includes(type)) yield notSupported(`${path}.type`, type, types)
  const at = `${path}.localhostProfile`
  if (type === 'Localhost') {
    if (localhostProfile === undefined) yield required(at, 'must be set when seccomp type is Localhost')
    else yield* validateDescendingPath(localhostProfile, at)
  } else if (localhostProfile !== undefined) {
    // Upstream prints its own struct here, by its Go names.
    const printed = { Type: type ?? '', LocalhostProfile: localhostProfile }
    yield invalidValue(at, printed, 'can only be set when seccomp type is Localhost')
  }
}

/** Checks which AppArmor profile something runs under. */
export function* validateAppArmor(profile: AppArmorProfile | undefined, path: string): Generator<Cause> {
  if (!profile) return
  const { type, localhostProfile } = profile
  const at = `${path}.localhostProfile`
  if (type === 'Localhost') {
    const detail = 'must be set when AppArmor type is Localhost'
    if (localhostProfile && localhostProfile !== localhostProfile.trim())
      yield invalidValue(at, localhostProfile, 'must not be padded with whitespace')
    else if (!localhostProfile) yield required(at, detail)
    if (Buffer.byteLength(localhostProfile ?? '') > longestPath) yield tooLong(at, longestPath)
  } else if (!type) yield required(`${path}.type`, 'type is required when appArmorProfile is set')
  else if (!types.includes(type)) yield notSupported(`${path}.type`, type, types)
  else if (localhostProfile !== undefined)
    yield invalidValue(at, localhostProfile, 'can only be set when AppArmor type is Localhost')
}

/** Annotations that profiles were given by before there were fields. */
export const profileAnnotations = {
  seccompPod: 'seccomp.security.alpha.kubernetes.io/pod',
  seccompContainer: 'container.seccomp.security.alpha.kubernetes.io/',
  appArmorContainer: 'container.apparmor.security.beta.kubernetes.io/',
}

interface Profile {
  readonly type: string
  readonly localhostProfile?: string
}

/** What an annotation calls the profiles that a field calls otherwise. */
interface Words {
  readonly topic: 'seccomp' | 'apparmor'
  readonly defaults: readonly string[]
  readonly localhost: string
}

const seccomp: Words = { topic: 'seccomp', defaults: ['runtime/default', 'docker/default'], localhost: 'localhost/' }
const appArmor: Words = { topic: 'apparmor', defaults: ['runtime/default'], localhost: 'localhost/' }

/** A pod, or what makes some. */
type Profiled = Pick<PodTemplateSpec, 'metadata' | 'spec'>

/** Checks that a new pod or template does not say one thing in its annotations and another in its fields. `path` is the spec's. */
export function* validateProfilesMatch({ metadata, spec }: Profiled, path: string): Generator<Cause> {
  const annotations = metadata?.annotations
  if (!annotations || !spec) return
  const pod = spec.securityContext ?? {}
  const { seccompPod, seccompContainer, appArmorContainer } = profileAnnotations
  yield* validateMatch(annotations[seccompPod], pod.seccompProfile, seccomp, `${path}.securityContext.seccompProfile`)
  for (const [{ name, securityContext: own = {} }, at] of containersOf(spec, path)) {
    const where = `${at}.securityContext.seccompProfile`
    yield* validateMatch(annotations[seccompContainer + name], own.seccompProfile, seccomp, where)
  }
  if (spec.os?.name === 'windows') return
  for (const [{ name, securityContext: own = {} }, at] of containersOf(spec, path)) {
    const profile = own.appArmorProfile ?? pod.appArmorProfile
    const where = `${at}.securityContext.appArmorProfile`
    yield* validateMatch(annotations[appArmorContainer + name], profile, appArmor, where)
  }
}

function* validateMatch(
  annotation: string | undefined,
  profile: Profile | undefined,
  { topic, defaults, localhost }: Words,
  path: string,
): Generator<Cause> {
  if (annotation === undefined || !profile) return
  const { type, localhostProfile } = profile
  const same =
    (type === 'Unconfined' && annotation === 'unconfined') ||
    (type === 'RuntimeDefault' && defaults.includes(annotation)) ||
    (type === 'Localhost' && annotation.startsWith(localhost))
  if (types.includes(type) && !same) yield forbidden(`${path}.type`, `${topic} type in annotation and field must match`)
  else if (type === 'Localhost' && annotation.slice(localhost.length) !== localhostProfile)
    yield forbidden(`${path}.localhostProfile`, `${topic} profile in annotation and field must match`)
}
