import type { CrossVersionObjectReference, MetricIdentifier, MetricSpec, MetricTarget } from '#api/autoscaling/v2.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { dns1123Label } from '#machinery/names.ts'
import { canonical, compare, quantityError } from '#machinery/quantity.ts'
import { each, named, pathSegment } from '#resources/checks.ts'
import { validateContainerResourceName } from '#resources/core/pod-spec/requirements.ts'

const sources = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const
type Type = keyof typeof sources
const fields = Object.values(sources)
const types = Object.keys(sources).sort()

/** Checks the figures by which something is scaled. */
export function* validateMetrics(metrics: readonly MetricSpec[] | undefined, path: string): Generator<Cause> {
  yield* each(metrics, path, validateMetric)
}

function* validateMetric(metric: MetricSpec, path: string): Generator<Cause> {
  const { type } = metric
  const known = types.includes(type)
  if (!type) yield required(`${path}.type`, 'must specify a metric source type')
  // Upstream says it here, and again where it would look for the source.
  if (!known) yield notSupported(`${path}.type`, type ?? '', types)
  const given = fields.filter(field => metric[field])
  if (given[0]) yield* checks[given[0]](metric, `${path}.${given[0]}`)
  const expected = known ? sources[type as Type] : undefined
  if (!expected) yield notSupported(`${path}.type`, type ?? '', types)
  else if (!metric[expected]) yield required(`${path}.${expected}`, 'must populate information for the given metric source')
  if (given.length < 2) return
  for (const field of given)
    if (field !== expected) yield forbidden(`${path}.${field}`, 'must populate the given metric source only')
}

/** What is checked of each source; it is there. */
const checks: Record<(typeof fields)[number], (metric: MetricSpec, path: string) => Iterable<Cause>> = {
  *object({ object }, path) {
    yield* validateReference(object!.describedObject, `${path}.describedObject`)
    yield* validateIdentifier(object!.metric, `${path}.metric`)
    yield* validateTarget(object!.target, `${path}.target`)
    const { value, averageValue } = object!.target ?? {}
    if (value === undefined && averageValue === undefined)
      yield required(`${path}.target.averageValue`, 'must set either a target value or averageValue')
  },
  *external({ external }, path) {
    yield* validateIdentifier(external!.metric, `${path}.metric`)
    yield* validateTarget(external!.target, `${path}.target`)
    const { value, averageValue } = external!.target ?? {}
    if (value === undefined && averageValue === undefined)
      yield required(`${path}.target.averageValue`, 'must set either a target value for metric or a per-pod target')
    if (value !== undefined && averageValue !== undefined)
      yield forbidden(`${path}.target.value`, 'may not set both a target value for metric and a per-pod target')
  },
  *pods({ pods }, path) {
    yield* validateIdentifier(pods!.metric, `${path}.metric`)
    yield* validateTarget(pods!.target, `${path}.target`)
    if (pods!.target?.averageValue === undefined)
      yield required(`${path}.target.averageValue`, 'must specify a positive target averageValue')
  },
  *resource({ resource }, path) {
    if (!resource!.name) yield required(`${path}.name`, 'must specify a resource name')
    yield* validateUsage(resource!.target, `${path}.target`)
  },
  *containerResource({ containerResource }, path) {
    const { name, container, target } = containerResource!
    if (!name) yield required(`${path}.name`, 'must specify a resource name')
    else yield* validateContainerResourceName(name, `${path}.name`)
    if (!container) yield required(`${path}.container`, 'must specify a container')
    else yield* named(container, `${path}.container`, dns1123Label)
    yield* validateUsage(target, `${path}.target`)
  },
}

function* validateUsage(target: MetricTarget | undefined, path: string): Generator<Cause> {
  yield* validateTarget(target, path)
  const { averageUtilization, averageValue } = target ?? {}
  if (averageUtilization === undefined && averageValue === undefined)
    yield required(`${path}.averageUtilization`, 'must set either a target raw value or a target utilization')
  if (averageUtilization !== undefined && averageValue !== undefined)
    yield forbidden(`${path}.averageValue`, 'may not set both a target raw value and a target utilization')
}

function* validateTarget(target: MetricTarget | undefined, path: string): Generator<Cause> {
  const { type, averageUtilization } = target ?? {}
  if (!type) yield required(`${path}.type`, 'must specify a metric target type')
  if (type !== 'Utilization' && type !== 'Value' && type !== 'AverageValue')
    yield invalidValue(`${path}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue')
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target?.[field]
    if (amount !== undefined && !quantityError(amount) && compare(amount, '0') <= 0)
      yield invalidValue(`${path}.${field}`, canonical(amount), 'must be positive')
  }
  if (averageUtilization !== undefined && averageUtilization < 1)
    yield invalidValue(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0')
}

function* validateIdentifier(metric: MetricIdentifier | undefined, path: string): Generator<Cause> {
  if (!metric?.name) yield required(`${path}.name`, 'must specify a metric name')
  else yield* named(metric.name, `${path}.name`, pathSegment)
}

/** Checks a reference to something of any version. */
export function* validateReference(reference: CrossVersionObjectReference | undefined, path: string): Generator<Cause> {
  const { kind, name, apiVersion = '' } = reference ?? {}
  yield* named(kind, `${path}.kind`, pathSegment)
  yield* named(name, `${path}.name`, pathSegment)
  if (apiVersion.split('/').length > 2)
    yield invalidValue(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)
}
