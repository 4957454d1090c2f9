import type { Container, PodSpec, PodTemplateSpec } from '#api/core/v1.ts'
import { quote } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { dns1123Label } from '#machinery/names.ts'
import { bigMilli, canonical, quantityError } from '#machinery/quantity.ts'

/** A name that pods get theirs from had better fit into a host name. */
export function* warnOfName(name = '', use = 'this is used in Pod names and hostnames'): Generator<string> {
  const problems = dns1123Label(name)
  if (problems.length)
    yield `metadata.name: ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`
}

/** What is odd, though not wrong, about a pod's spec. */
export function* warnOfPodSpec(spec: PodSpec | undefined, path: string): Generator<string> {
  if (!spec) return
  for (const [index, constraint] of (spec.topologySpreadConstraints ?? []).entries()) {
    if (constraint.labelSelector) continue
    yield `${path}.topologySpreadConstraints[${index}].labelSelector: a null labelSelector results in matching no pod`
  }
  yield* warnOfPullSecrets(spec, `${path}.imagePullSecrets`)
  const containers = (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(field =>
    (spec[field] ?? []).map((container, index) => ({ container, at: `${path}.${field}[${index}]` })),
  )
  for (const { container, at } of containers) {
    yield* warnOfFractions(container, at)
    yield* warnOfHiddenVariables(container, at)
  }
  yield* warnOfPorts(
    containers.flatMap(({ container, at }) =>
      (container.ports ?? []).map((port, index) => ({ port, at: `${at}.ports[${index}]` })),
    ),
  )
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    yield `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`
  }
}

/** The same of a template, where it is new. */
export function* warnOfTemplate(
  template: PodTemplateSpec | undefined,
  before: PodTemplateSpec | undefined,
  path: string,
): Generator<string> {
  if (!before || !equal(template, before)) yield* warnOfPodSpec(template?.spec, `${path}.spec`)
}

function* warnOfPullSecrets({ imagePullSecrets = [] }: PodSpec, path: string): Generator<string> {
  const seen = new Set<string>()
  for (const [index, { name = '' }] of imagePullSecrets.entries()) {
    if (seen.has(name)) yield `${path}[${index}].name: duplicate name ${quote(name)}`
    if (!name) yield `${path}[${index}].name: invalid empty name ""`
    seen.add(name)
  }
}

function* warnOfFractions({ resources }: Pick<Container, 'resources'>, path: string): Generator<string> {
  for (const name of ['memory', 'ephemeral-storage']) {
    for (const list of ['limits', 'requests'] as const) {
      const amount = resources?.[list]?.[name]
      if (amount === undefined || quantityError(amount) || bigMilli(amount) % 1000n === 0n) continue
      yield `${path}.resources.${list}[${name}]: fractional byte value ${quote(canonical(amount))} is invalid, must be an integer`
    }
  }
}

function* warnOfHiddenVariables({ env = [] }: Pick<Container, 'env'>, path: string): Generator<string> {
  const seen = new Set<string>()
  for (const [index, { name, value = '', valueFrom }] of env.entries()) {
    // A variable may be built from its own earlier value: PATH=$(PATH):/more.
    const own = `$(${name})`
    const extended = !valueFrom && value !== own && value.includes(own)
    if (seen.has(name) && !extended) {
      yield `${path}.env[${index}]: hides previous definition of ${quote(name)}, which may be dropped when using apply`
    }
    seen.add(name)
  }
}

interface Placed {
  readonly port: NonNullable<Container['ports']>[number]
  readonly at: string
}

function* warnOfPorts(ports: readonly Placed[]): Generator<string> {
  for (const [index, { port, at }] of ports.entries()) {
    const { hostIP = '', hostPort = 0 } = port
    for (const other of ports.slice(0, index)) {
      if (other.port.containerPort !== port.containerPort || other.port.protocol !== port.protocol) continue
      const { hostIP: otherIp = '', hostPort: otherPort = 0 } = other.port
      if (hostIP === otherIp && hostPort === otherPort) yield `${at}: duplicate port definition with ${other.at}`
      else if (!hostPort || !otherPort) yield `${at}: overlapping port definition with ${other.at}`
      else if (hostPort === otherPort && !hostIP !== !otherIp)
        yield `${at}: dangerously ambiguous port definition with ${other.at}`
    }
  }
  const names = new Map<string, string>()
  for (const { port, at } of ports) {
    if (!port.name) continue
    const first = names.get(port.name)
    if (!first) names.set(port.name, at)
    else
      yield `${at}: duplicate port name ${quote(port.name)} with ${first}, services and probes that select ports by name will use ${first}`
  }
}
