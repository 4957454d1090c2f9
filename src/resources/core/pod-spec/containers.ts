import type { Container, EphemeralContainer } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, notFound, required } from '#machinery/causes.ts'
import { each } from '#resources/checks.ts'
import { type Surroundings, validateContainer, validateImageText } from './container.ts'
import { validateHostPorts } from './ports.ts'
import { validateLifecycle, validateProbes } from './probes.ts'
import { validateRestart } from './restart.ts'

/** Checks all containers of a pod: the ordinary ones, those that run before, and those that were added to look inside. */
export function* validateContainers(around: Surroundings, path: string): Generator<Cause> {
  const { spec } = around
  if (spec.containers?.length) yield* validateOrdinary(spec.containers, around, `${path}.containers`)
  else yield required(`${path}.containers`)
  const names = new Set((spec.containers ?? []).map(({ name }) => name))
  yield* validateInitial(spec.initContainers, names, around, `${path}.initContainers`)
  yield* validateEphemeral(spec.ephemeralContainers, names, around, `${path}.ephemeralContainers`)
}

function* validateOrdinary(containers: readonly Container[], around: Surroundings, path: string): Generator<Cause> {
  const names = new Set<string>()
  yield* each(containers, path, function* (container, at) {
    yield* validateContainer(container, around, at)
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name ?? '')
    names.add(container.name)
    yield* validateLifecycle(container.lifecycle, around.spec.terminationGracePeriodSeconds, `${at}.lifecycle`)
    yield* validateProbes(container, at)
    yield* validateRestart(container, at)
  })
  yield* validateHostPorts(containers, path)
}

function* validateInitial(
  containers: readonly Container[] | undefined,
  names: Set<string>,
  around: Surroundings,
  path: string,
): Generator<Cause> {
  yield* each(containers, path, function* (container, at) {
    yield* validateContainer(container, around, at)
    yield* validateRestart(container, at)
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name)
    if (container.name) names.add(container.name)
    // They run one by one, so each may have the ports that others had; the path is upstream's.
    yield* validateHostPorts([container], path)
    yield* validateHooks(container, around.spec.terminationGracePeriodSeconds, at)
  })
}

function* validateHooks(container: Container, graceSeconds: number | undefined, path: string): Generator<Cause> {
  if (container.restartPolicy === 'Always') {
    yield* validateLifecycle(container.lifecycle, graceSeconds, `${path}.lifecycle`)
    yield* validateProbes(container, path)
    return
  }
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field]) yield forbidden(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always')
  }
}

function* validateEphemeral(
  containers: readonly EphemeralContainer[] | undefined,
  names: Set<string>,
  around: Surroundings,
  path: string,
): Generator<Cause> {
  const targets = new Set(names)
  yield* each(containers, path, function* (container, at) {
    yield* validateContainer(container, around, at)
    yield* validateImageText(container, at)
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name)
    names.add(container.name)
    const target = container.targetContainerName
    if (target && !targets.has(target)) yield notFound(`${at}.targetContainerName`, target)
    yield* validateEphemeralOnly(container, at)
  })
}

/** What a container may not have that is there to look and not to serve, in the order of Go's struct. */
const notEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const satisfies readonly (keyof EphemeralContainer)[]

/** Lists, and what is no pointer, may be there as long as they are empty. */
const mayBeEmpty: ReadonlySet<string> = new Set(['ports', 'resources', 'resizePolicy', 'restartPolicyRules'])

function* validateEphemeralOnly(container: EphemeralContainer, path: string): Generator<Cause> {
  const detail = 'cannot be set for an Ephemeral Container'
  for (const field of notEphemeral) {
    const value = container[field]
    if (value && (!mayBeEmpty.has(field) || Object.keys(value).length)) yield forbidden(`${path}.${field}`, detail)
  }
  yield* each(container.volumeMounts, `${path}.volumeMounts`, function* (mount, at) {
    if (mount.subPath) yield forbidden(`${at}.subPath`, detail)
    if (mount.subPathExpr) yield forbidden(`${at}.subPathExpr`, detail)
  })
}
