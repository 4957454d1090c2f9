import type { Pod, PodSpec, PodTemplateSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { ip } from '#machinery/ip.ts'
import { validateAnnotations, validateLabels } from '#machinery/metadata.ts'
import { dns1123Label, dns1123Subdomain, inRange } from '#machinery/names.ts'
import { each, namedIfSet, oneOf, oneOfIfSet } from '#resources/checks.ts'
import { validateAffinity } from './affinity.ts'
import { validateContainers, validateImageText } from './containers.ts'
import { validateGates, validateSpread, validateTolerations } from './scheduling.ts'
import { validateHostUsers, validatePodSecurity } from './security.ts'
import { validateVolumes } from './volumes.ts'

/** Says what is wrong with a pod, but for its metadata. */
export function* validatePod({ spec }: Pod): Generator<Cause> {
  yield* validatePodSpec(spec, 'spec', true)
  yield* each(spec.containers, 'spec.containers', validateImageText)
  yield* each(spec.initContainers, 'spec.initContainers', validateImageText)
}

/** Says what is wrong with a workload's pod template. */
export function* validatePodTemplate({ metadata, spec }: PodTemplateSpec, path: string): Generator<Cause> {
  yield* validateLabels(metadata?.labels, `${path}.labels`)
  yield* validateAnnotations(metadata?.annotations, `${path}.annotations`)
  yield* validatePodSpec(spec ?? { containers: [] }, `${path}.spec`, false)
  if (spec?.ephemeralContainers?.length) {
    yield forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')
  }
}

function* validatePodSpec(spec: PodSpec, path: string, isPod: boolean): Generator<Cause> {
  yield* validateVolumes(spec.volumes, `${path}.volumes`)
  yield* validateContainers(spec, path)
  yield* validateHostNetwork(spec, path, isPod)
  yield* oneOf(spec.restartPolicy, `${path}.restartPolicy`, ['Always', 'OnFailure', 'Never'])
  yield* oneOf(spec.dnsPolicy, `${path}.dnsPolicy`, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'])
  yield* validateLabels(spec.nodeSelector, `${path}.nodeSelector`)
  yield* validatePodSecurity(spec, path)
  yield* validateAffinity(spec.affinity, `${path}.affinity`)
  yield* validateDns(spec, `${path}.dnsConfig`)
  yield* validateGates(spec, path)
  yield* validateSpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`)
  yield* validateHostUsers(spec, path)
  yield* validateNames(spec, path)
  yield* validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`)
  yield* validateTolerations(spec.tolerations, `${path}.tolerations`)
  yield* each(spec.hostAliases, `${path}.hostAliases`, function* (alias, at) {
    yield* invalidEach(`${at}.ip`, alias.ip ?? '', ip(alias.ip ?? ''))
    yield* each(alias.hostnames, `${at}.hostnames`, (host, hostAt) => invalidEach(hostAt, host, dns1123Subdomain(host)))
  })
  yield* oneOfIfSet(spec.preemptionPolicy, `${path}.preemptionPolicy`, ['PreemptLowerPriority', 'Never'])
  if (spec.os) yield* oneOf(spec.os.name, spec.os.name ? `${path}.os` : `${path}.os.name`, ['linux', 'windows'])
}

function* validateNames(spec: PodSpec, path: string): Generator<Cause> {
  yield* namedIfSet(spec.serviceAccountName, `${path}.serviceAccountName`, dns1123Subdomain)
  yield* namedIfSet(spec.nodeName, `${path}.nodeName`, dns1123Subdomain)
  yield* namedIfSet(spec.hostname, `${path}.hostname`, dns1123Label)
  yield* namedIfSet(spec.subdomain, `${path}.subdomain`, dns1123Label)
  yield* namedIfSet(spec.priorityClassName, `${path}.priorityClassName`, dns1123Subdomain)
  yield* namedIfSet(spec.runtimeClassName, `${path}.runtimeClassName`, dns1123Subdomain)
  const host = spec.hostnameOverride
  if (host === undefined) return
  const at = `${path}.hostnameOverride`
  if (spec.setHostnameAsFQDN) yield forbidden(at, 'may not be specified when setHostnameAsFQDN is true')
  if (spec.hostNetwork) yield forbidden(at, 'may not be specified when hostNetwork is true')
  if (host.length > 64) yield tooLong(at, 64)
  yield* invalidEach(at, host, dns1123Subdomain(host))
}

function* validateDeadline(seconds: number | undefined, path: string): Generator<Cause> {
  if (seconds !== undefined) yield* invalidEach(path, seconds, inRange(seconds, 1, 2147483647))
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

const limits = { nameservers: 3, searches: 32, searchCharacters: 2048 }

function* validateDns({ dnsPolicy, dnsConfig }: PodSpec, path: string): Generator<Cause> {
  const { nameservers = [], searches = [], options } = dnsConfig ?? {}
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    yield dnsConfig
      ? required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')
      : required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')
    return
  }
  if (nameservers.length > limits.nameservers) {
    yield invalidValue(`${path}.nameservers`, nameservers, `must not have more than ${limits.nameservers} nameservers`)
  }
  yield* each(nameservers, `${path}.nameservers`, (server, at) => invalidEach(at, server, ip(server)))
  if (searches.length > limits.searches) {
    yield invalidValue(`${path}.searches`, searches, `must not have more than ${limits.searches} search paths`)
  }
  if (searches.join(' ').length > limits.searchCharacters) {
    const detail = `must not have more than ${limits.searchCharacters} characters (including spaces) in the search list`
    yield invalidValue(`${path}.searches`, searches, detail)
  }
  yield* each(searches, `${path}.searches`, function* (search, at) {
    const domain = search.replace(/\.$/, '')
    // Underscores are fine here: search paths are for services of every kind.
    if (search !== '.') yield* invalidEach(at, domain, dns1123Subdomain(domain.replaceAll('_', 'x')))
  })
  yield* each(options, `${path}.options`, function* (option, at) {
    if (!option.name) yield required(at, 'must not be empty')
  })
}
