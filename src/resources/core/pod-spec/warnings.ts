import type { Container, PodSpec, PodTemplateSpec } from '#api/core/v1.ts'
import { quote } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { warnOfIp } from '#machinery/ip.ts'
import { dns1123Label } from '#machinery/names.ts'
import { warnOfFraction, warnOfVolumes } from '#resources/core/volume/warnings.ts'
import { containersOf } from './every-container.ts'
import { warnOfPlacement, warnOfPodAffinity } from './placement-warnings.ts'
import { warnOfPorts } from './port-warnings.ts'
import { profileAnnotations } from './profiles.ts'

/** A name that pods get theirs from had better fit into a host name. */
export function* warnOfName(name = '', use = 'this is used in Pod names and hostnames'): Generator<string> {
  const problems = dns1123Label(name)
  if (problems.length)
    yield `metadata.name: ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`
}

/** A pod, or what makes some. */
type Described = Pick<PodTemplateSpec, 'metadata' | 'spec'>

/** What is odd, though not wrong, about a pod or a template. `prefix` is what comes before `spec.` in its paths. */
export function* warnOfPod(pod: Described, prefix = ''): Generator<string> {
  const { metadata, spec } = pod
  if (!spec) return
  const path = `${prefix}spec`
  yield* warnOfPlacement(spec, path)
  yield* warnOfOldAnnotations(metadata?.annotations, `${prefix}metadata.annotations`)
  yield* warnOfVolumes(spec.volumes, `${path}.volumes`)
  yield* warnOfAliases(spec, `${path}.hostAliases`)
  yield* warnOfPullSecrets(spec, `${path}.imagePullSecrets`)
  for (const name of bytes) yield* warnOfFraction(spec.overhead?.[name], `${path}.overhead[${name}]`)
  yield* warnOfProfiles(pod, prefix)
  const containers = [...containersOf(spec, path)]
  for (const [{ resources, env }, at] of containers) {
    for (const name of bytes)
      for (const list of ['limits', 'requests'] as const)
        yield* warnOfFraction(resources?.[list]?.[name], `${at}.resources.${list}[${name}]`)
    yield* warnOfHiddenVariables(env, `${at}.env`)
  }
  yield* warnOfPorts(
    containers.flatMap(([{ ports = [] }, at]) => ports.map((port, index) => ({ port, at: `${at}.ports[${index}]` }))),
  )
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    yield `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`
  }
  yield* warnOfPodAffinity(spec, `${path}.affinity`)
  for (const [index, server] of (spec.dnsConfig?.nameservers ?? []).entries())
    yield* warnOfIp(server, `${path}.dnsConfig.nameservers[${index}]`)
  for (const [index, alias] of (spec.hostAliases ?? []).entries())
    yield* warnOfIp(alias.ip ?? '', `${path}.hostAliases[${index}].ip`)
}

/** The same of a template, where it is new. */
export function* warnOfTemplate(
  template: PodTemplateSpec | undefined,
  before: PodTemplateSpec | undefined,
  path: string,
): Generator<string> {
  if (template && (!before || !equal(template, before))) yield* warnOfPod(template, `${path}.`)
}

/** Resources that are counted in bytes. */
const bytes = ['memory', 'ephemeral-storage']

function* warnOfOldAnnotations(annotations: Annotations, path: string): Generator<string> {
  for (const [key, instead] of Object.entries(oldAnnotations))
    if (annotations?.[key] !== undefined) yield `${path}[${key}]: ${instead}`
}

type Annotations = Readonly<Record<string, string>> | undefined

const oldAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
}

/** Profiles by annotation are of no use any more; where a field says it too nobody needs to be told. */
function* warnOfProfiles({ metadata, spec }: Described, prefix: string): Generator<string> {
  const annotations = metadata?.annotations
  if (!annotations || !spec) return
  const { seccompPod, seccompContainer, appArmorContainer } = profileAnnotations
  const path = `${prefix}metadata.annotations`
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead'
  if (!spec.securityContext?.seccompProfile && annotations[seccompPod] !== undefined) yield `${path}[${seccompPod}]: ${seccomp}`
  for (const [{ name, securityContext }] of containersOf(spec, '')) {
    const [old, older] = [appArmorContainer + name, seccompContainer + name]
    if (!securityContext?.seccompProfile && annotations[older] !== undefined) yield `${path}[${older}]: ${seccomp}`
    if (!securityContext?.appArmorProfile && !spec.securityContext?.appArmorProfile && annotations[old] !== undefined)
      yield `${path}[${old}]: deprecated since v1.30; use the "appArmorProfile" field instead`
  }
}

function* warnOfAliases({ hostAliases = [] }: PodSpec, path: string): Generator<string> {
  const seen = new Set<string>()
  for (const [index, { ip = '' }] of hostAliases.entries()) {
    if (seen.has(ip)) yield `${path}[${index}].ip: duplicate ip ${quote(ip)}`
    seen.add(ip)
  }
}

function* warnOfPullSecrets({ imagePullSecrets = [] }: PodSpec, path: string): Generator<string> {
  const seen = new Set<string>()
  for (const [index, { name = '' }] of imagePullSecrets.entries()) {
    if (seen.has(name)) yield `${path}[${index}].name: duplicate name ${quote(name)}`
    if (!name) yield `${path}[${index}].name: invalid empty name ""`
    seen.add(name)
  }
}

function* warnOfHiddenVariables(env: Container['env'], path: string): Generator<string> {
  const seen = new Set<string>()
  for (const [index, { name, value = '', valueFrom }] of (env ?? []).entries()) {
    // A variable may be built from its own earlier value: PATH=$(PATH):/more.
    const own = `$(${name})`
    const extended = !valueFrom && value !== own && value.includes(own)
    if (seen.has(name) && !extended) {
      yield `${path}[${index}]: hides previous definition of ${quote(name)}, which may be dropped when using apply`
    }
    seen.add(name)
  }
}
