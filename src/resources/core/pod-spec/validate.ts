import type { Pod, PodSpec, PodTemplateSpec, Volume } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { ip } from '#machinery/ip.ts'
import { validateAnnotations, validateLabels } from '#machinery/metadata.ts'
import { dns1123Label, dns1123Subdomain, inRange } from '#machinery/names.ts'
import { each, namedIfSet, oneOf } from '#resources/checks.ts'
import { validateAffinity } from './affinity.ts'
import { mirrorAnnotation, validatePodAnnotations } from './annotations.ts'
import { validatePodClaims } from './claims.ts'
import { validateImageText } from './container.ts'
import { validateContainers } from './containers.ts'
import { validateDns } from './dns.ts'
import { validateEnvFiles } from './env.ts'
import { validateOs } from './os.ts'
import { validatePodResources } from './pod-level.ts'
import { validateProfilesMatch } from './profiles.ts'
import { validateOverhead } from './requirements.ts'
import { validateGates, validateSpread, validateTolerations } from './scheduling.ts'
import { validateHostUsers, validatePodSecurity } from './security.ts'
import { type Mounter, validateVolumes } from './volumes.ts'
import { validateHostProcess } from './windows.ts'

/** Says what is wrong with a pod, but for what all objects have in their metadata. */
export function* validatePod({ metadata, spec }: Pod): Generator<Cause> {
  yield* validatePodAnnotations(metadata.annotations, spec)
  yield* validateMirrored(metadata.annotations, spec)
  yield* validatePodSpec(spec, { name: metadata.name, isPod: true }, 'spec')
  if (!spec.serviceAccountName) yield* validateNoTokens(spec)
  yield* each(spec.containers, 'spec.containers', validateImageText)
  yield* each(spec.initContainers, 'spec.initContainers', validateImageText)
}

/** What a node runs on its own has nothing to do with the scheduler, and so no devices. */
function* validateMirrored(annotations: Pod['metadata']['annotations'], { resourceClaims }: PodSpec): Generator<Cause> {
  // Upstream says it of no field in particular, which it writes as an empty path.
  if (annotations?.[mirrorAnnotation] !== undefined && resourceClaims?.length)
    yield forbidden('[]', 'static pods do not support resource claims')
}

function* validateNoTokens({ volumes }: PodSpec): Generator<Cause> {
  yield* each(volumes, 'spec.volumes', ({ projected }, at) =>
    each(projected?.sources, `${at}.projected.sources`, function* ({ serviceAccountToken }, sourceAt) {
      if (serviceAccountToken)
        yield forbidden(`${sourceAt}.serviceAccountToken`, 'must not be specified when serviceAccountName is not set')
    }),
  )
}

/** Says what is wrong with a workload's pod template. */
export function* validatePodTemplate(template: PodTemplateSpec, path: string): Generator<Cause> {
  const { metadata, spec = { containers: [] } } = template
  yield* validateLabels(metadata?.labels, `${path}.labels`)
  yield* validateAnnotations(metadata?.annotations, `${path}.annotations`)
  yield* validatePodAnnotations(metadata?.annotations, spec, `${path}.annotations`)
  yield* validatePodSpec(spec, { isPod: false }, `${path}.spec`)
  yield* validateProfilesMatch(template, `${path}.spec`)
  if (spec.ephemeralContainers?.length) {
    yield forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')
  }
}

function* validatePodSpec(spec: PodSpec, mounter: Mounter, path: string): Generator<Cause> {
  if (spec.terminationGracePeriodSeconds === undefined) yield required(`${path}.terminationGracePeriodSeconds`)
  const volumes = new Map<string, Volume>()
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean))
  yield* validateVolumes(spec.volumes, mounter, volumes, `${path}.volumes`)
  yield* validatePodClaims(spec.resourceClaims, `${path}.resourceClaims`)
  yield* validateContainers({ spec, volumes, claims }, path)
  yield* validatePodResources(spec, claims, `${path}.resources`)
  yield* validateHostNetwork(spec, path, mounter.isPod)
  yield* oneOf(spec.restartPolicy, `${path}.restartPolicy`, ['Always', 'OnFailure', 'Never'])
  yield* oneOf(spec.dnsPolicy, `${path}.dnsPolicy`, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'])
  yield* validateLabels(spec.nodeSelector, `${path}.nodeSelector`)
  yield* validatePodSecurity(spec, path)
  yield* validateAffinity(spec.affinity, `${path}.affinity`)
  yield* validateDns(spec, `${path}.dnsConfig`)
  yield* validateGates(spec, path)
  yield* validateSpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`)
  yield* validateHostProcess(spec, path)
  yield* validateHostUsers(spec, path)
  yield* validateHostName(spec, `${path}.hostnameOverride`)
  yield* validateNames(spec, path)
  if (spec.runtimeClassName !== undefined)
    yield* invalidEach(`${path}.runtimeClassName`, spec.runtimeClassName, dns1123Subdomain(spec.runtimeClassName))
  if (spec.preemptionPolicy !== undefined)
    yield* oneOf(spec.preemptionPolicy, `${path}.preemptionPolicy`, ['PreemptLowerPriority', 'Never'])
  yield* validateOverhead(spec.overhead, `${path}.overhead`)
  yield* validateOs(spec, path)
  yield* validateEnvFiles(spec, path)
}

function* validateNames(spec: PodSpec, path: string): Generator<Cause> {
  yield* namedIfSet(spec.serviceAccountName, `${path}.serviceAccountName`, dns1123Subdomain)
  yield* namedIfSet(spec.nodeName, `${path}.nodeName`, dns1123Subdomain)
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined) yield* invalidEach(`${path}.activeDeadlineSeconds`, deadline, inRange(deadline, 1, 2147483647))
  yield* namedIfSet(spec.hostname, `${path}.hostname`, dns1123Label)
  yield* namedIfSet(spec.subdomain, `${path}.subdomain`, dns1123Label)
  yield* validateTolerations(spec.tolerations, `${path}.tolerations`)
  yield* each(spec.hostAliases, `${path}.hostAliases`, function* (alias, at) {
    yield* invalidEach(`${at}.ip`, alias.ip ?? '', ip(alias.ip ?? ''))
    yield* each(alias.hostnames, `${at}.hostnames`, (host, hostAt) => invalidEach(hostAt, host, dns1123Subdomain(host)))
  })
  yield* namedIfSet(spec.priorityClassName, `${path}.priorityClassName`, dns1123Subdomain)
}

function* validateHostName(spec: PodSpec, path: string): Generator<Cause> {
  const host = spec.hostnameOverride
  if (host === undefined) return
  if (spec.setHostnameAsFQDN) yield forbidden(path, 'may not be specified when setHostnameAsFQDN is true')
  if (spec.hostNetwork) yield forbidden(path, 'may not be specified when hostNetwork is true')
  if (Buffer.byteLength(host) > 64) yield tooLong(path, 64)
  yield* invalidEach(path, host, dns1123Subdomain(host))
}

function* validateHostNetwork(spec: PodSpec, path: string, isPod: boolean): Generator<Cause> {
  if (!spec.hostNetwork) return
  yield* each(spec.containers, `${path}.containers`, (container, at) =>
    each(container.ports, `${at}.ports`, function* ({ hostPort = 0, containerPort }, portAt) {
      if ((isPod || hostPort !== 0) && hostPort !== containerPort) {
        yield invalidValue(`${portAt}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')
      }
    }),
  )
}
