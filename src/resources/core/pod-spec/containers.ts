import type { Container, EphemeralContainer, PodSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, notFound, notSupported, required } from '#machinery/causes.ts'
import { dns1123Label, portName, portNumber } from '#machinery/names.ts'
import { each, named, oneOf } from '#resources/checks.ts'
import { validateEnv } from './env.ts'
import { type VolumesByName, validateMounts } from './mounts.ts'
import { validateLifecycle, validateProbes } from './probes.ts'
import { validateRequirements } from './requirements.ts'
import { validateContainerSecurity } from './security.ts'

/** Checks all containers of a pod: the ordinary ones, those that run before, and those that were added to look inside. */
export function* validateContainers(spec: PodSpec, path: string): Generator<Cause> {
  const volumes: VolumesByName = new Map((spec.volumes ?? []).map(volume => [volume.name, volume]))
  const check = (container: Container | EphemeralContainer, at: string) => validateContainer(container, spec, volumes, at)
  const names = new Set<string>()
  if (!spec.containers?.length) yield required(`${path}.containers`)
  yield* each(spec.containers, `${path}.containers`, function* (container, at) {
    yield* check(container, at)
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name)
    names.add(container.name)
    yield* validateLifecycle(container.lifecycle, spec.terminationGracePeriodSeconds, `${at}.lifecycle`)
    yield* validateProbes(container, at)
    yield* validateContainerRestart(container, at)
  })
  yield* validateHostPorts(spec.containers ?? [], `${path}.containers`)
  yield* each(spec.initContainers, `${path}.initContainers`, function* (container, at) {
    yield* check(container, at)
    yield* validateContainerRestart(container, at)
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name)
    if (container.name) names.add(container.name)
    yield* validateHostPorts([container], `${path}.initContainers`)
    yield* validateInitOnly(container, spec, at)
  })
  const targets = new Set(names)
  yield* each(spec.ephemeralContainers, `${path}.ephemeralContainers`, function* (container, at) {
    yield* check(container, at)
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name)
    names.add(container.name)
    const target = container.targetContainerName
    if (target && !targets.has(target)) yield notFound(`${at}.targetContainerName`, target)
    yield* validateEphemeralOnly(container, at)
  })
}

function* validateContainer(
  container: Container | EphemeralContainer,
  spec: PodSpec,
  volumes: VolumesByName,
  path: string,
): Generator<Cause> {
  yield* named(container.name, `${path}.name`, dns1123Label)
  if (!container.image) yield required(`${path}.image`)
  yield* oneOf(container.terminationMessagePolicy, `${path}.terminationMessagePolicy`, ['File', 'FallbackToLogsOnError'])
  yield* validatePorts(container.ports, `${path}.ports`)
  yield* validateEnv(container, path)
  yield* validateMounts(container, volumes, path)
  yield* oneOf(container.imagePullPolicy, `${path}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never'])
  const claims = new Set((spec.resourceClaims ?? []).map(claim => claim.name))
  yield* validateRequirements(container.resources, claims, `${path}.resources`)
  yield* validateContainerSecurity(container.securityContext, spec.hostUsers !== false, `${path}.securityContext`)
}

function* validatePorts(ports: Container['ports'], path: string): Generator<Cause> {
  const names = new Set<string>()
  yield* each(ports, path, function* (port, at) {
    if (port.name) {
      const problems = portName(port.name)
      yield* invalidEach(`${at}.name`, port.name, problems)
      if (names.has(port.name)) yield duplicate(`${at}.name`, port.name)
      if (problems.length === 0) names.add(port.name)
    }
    if (!port.containerPort) yield required(`${at}.containerPort`)
    else yield* invalidEach(`${at}.containerPort`, port.containerPort, portNumber(port.containerPort))
    if (port.hostPort) yield* invalidEach(`${at}.hostPort`, port.hostPort, portNumber(port.hostPort))
    yield* oneOf(port.protocol, `${at}.protocol`, protocols)
  })
}

/** Protocols that ports may have, in the order in which messages list them. */
export const protocols = ['SCTP', 'TCP', 'UDP']

function* validateHostPorts(containers: readonly Container[], path: string): Generator<Cause> {
  const taken = new Set<string>()
  yield* each(containers, path, (container, at) =>
    each(container.ports, `${at}.ports`, function* ({ hostPort, hostIP = '', protocol }, portAt) {
      if (!hostPort) return
      const id = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(id)) yield duplicate(`${portAt}.hostPort`, id)
      taken.add(id)
    }),
  )
}

const restartPolicies = ['Always', 'Never', 'OnFailure']

function* validateContainerRestart({ restartPolicy, restartPolicyRules = [] }: Container, path: string): Generator<Cause> {
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length)
      yield required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')
  } else if (!restartPolicies.includes(restartPolicy)) yield notSupported(`${path}.restartPolicy`, restartPolicy, restartPolicies)
}

function* validateInitOnly(container: Container, spec: PodSpec, path: string): Generator<Cause> {
  if (container.restartPolicy === 'Always') {
    yield* validateLifecycle(container.lifecycle, spec.terminationGracePeriodSeconds, `${path}.lifecycle`)
    yield* validateProbes(container, path)
    return
  }
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field]) yield forbidden(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always')
  }
}

function* validateEphemeralOnly(container: EphemeralContainer, path: string): Generator<Cause> {
  const detail = 'cannot be set for an Ephemeral Container'
  for (const field of ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const) {
    const value = container[field]
    if (Array.isArray(value) ? value.length : value) yield forbidden(`${path}.${field}`, detail)
  }
  if (Object.keys(container.resources ?? {}).length) yield forbidden(`${path}.resources`, detail)
  yield* each(container.volumeMounts, `${path}.volumeMounts`, function* (mount, at) {
    if (mount.subPath) yield forbidden(`${at}.subPath`, detail)
    if (mount.subPathExpr) yield forbidden(`${at}.subPathExpr`, detail)
  })
  yield* validateImageText(container, path)
}

/** Checks the image of a container that is to run: templates may still hold blanks. */
export function* validateImageText({ image = '' }: { image?: string }, path: string): Generator<Cause> {
  if (image !== image.trim()) yield invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace')
}
