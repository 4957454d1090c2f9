import type * as v1 from '#api/autoscaling/v1.ts'
import * as v2 from '#api/autoscaling/v2.ts'
import { apiVersion } from '#api/kind.ts'
import type { Conversion } from '#apiserver/resource.ts'
import { isRecord } from '#machinery/clone.ts'
import { defined } from '#machinery/defined.ts'
import { DecodeError, decode } from '#machinery/json.ts'
import { specFromV1, specToV1, statusFromV1, statusToV1 } from './v1-metrics.ts'

/** Where v1 keeps what it has no fields for. */
const kept = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const
const annotations: ReadonlySet<string> = new Set(Object.values(kept))

type Autoscaler = v1.HorizontalPodAutoscaler
type Stored = v2.HorizontalPodAutoscaler

/** autoscaling/v1: of the metrics one, the CPU's utilization, has a field; the rest stands in annotations (upstream: autoscaling/v1/conversion.go). */
export const conversion: Conversion<Autoscaler, Stored> = {
  stored: v2.HorizontalPodAutoscaler,

  to({ metadata, spec, status }) {
    const said = metadata.annotations ?? {}
    const { scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: cpu } = spec ?? {}
    const metrics = listIn<v1.MetricSpec>(said[kept.metrics]).map(specFromV1)
    if (cpu !== undefined) metrics.push(cpuSpec(cpu))
    const behavior = read(said[kept.behavior])
    return {
      apiVersion: apiVersion(v2.HorizontalPodAutoscaler),
      kind: 'HorizontalPodAutoscaler',
      metadata: annotated(
        metadata,
        Object.entries(said).filter(([key]) => !annotations.has(key)),
      ),
      spec: defined<Stored['spec']>({
        scaleTargetRef,
        minReplicas,
        maxReplicas,
        metrics: metrics.length > 0 ? metrics : [cpuSpec(80)],
        behavior: isRecord(behavior) ? (renamed(behavior, lower) as Stored['spec']['behavior']) : undefined,
      }),
      ...(status && { status: statusTo(status, said) }),
    }
  },

  from({ metadata, spec, status }) {
    const { scaleTargetRef, minReplicas, maxReplicas, metrics = [], behavior } = spec ?? {}
    const { currentMetrics = [], conditions = [], ...counts } = status ?? { desiredReplicas: 0 }
    const others = metrics.filter(metric => cpuTarget(metric) === undefined)
    const note = (name: keyof typeof kept, value: readonly object[] | object | undefined): [string, string][] =>
      value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[kept[name], JSON.stringify(value)]]
    const said = [
      ...Object.entries(metadata.annotations ?? {}).filter(([key]) => !annotations.has(key)),
      ...note('metrics', others.map(specToV1)),
      ...note('currentMetrics', currentMetrics.map(statusToV1)),
      ...note('conditions', conditions),
      // Upstream writes the fields of its internal type.
      ...note('behavior', behavior && (renamed(behavior, upper) as object)),
    ]
    const current = currentMetrics.findLast(metric => metric.resource?.name === 'cpu')?.resource?.current.averageUtilization
    return {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: annotated(metadata, said),
      spec: defined<Autoscaler['spec']>({
        scaleTargetRef,
        minReplicas,
        maxReplicas,
        targetCPUUtilizationPercentage: metrics.map(cpuTarget).find(percent => percent !== undefined),
      }),
      ...(status && {
        status: defined<Autoscaler['status'] & object>({
          currentReplicas: 0,
          ...counts,
          desiredReplicas: counts.desiredReplicas ?? 0,
          currentCPUUtilizationPercentage: current,
        }),
      }),
    }
  },
}

function statusTo(
  status: NonNullable<Autoscaler['status']>,
  said: Readonly<Record<string, string>>,
): NonNullable<Stored['status']> {
  const { currentCPUUtilizationPercentage: cpu, ...counts } = status
  const noted = listIn<v1.MetricStatus>(said[kept.currentMetrics]).map(statusFromV1)
  const known: v2.MetricStatus[] =
    cpu === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu } } }]
  // The annotation knows more than the field does.
  const currentMetrics = noted.length > 0 ? noted : known
  const conditions = listIn<v2.HorizontalPodAutoscalerCondition>(said[kept.conditions])
  return {
    ...counts,
    ...(currentMetrics.length > 0 && { currentMetrics }),
    ...(conditions.length > 0 && { conditions }),
  }
}

const cpuSpec = (averageUtilization: number): v2.MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})

/** What a metric wants of the CPU, in percent. */
const cpuTarget = ({ type, resource }: v2.MetricSpec): number | undefined =>
  type === 'Resource' && resource?.name === 'cpu' ? resource.target?.averageUtilization : undefined

/** Metadata with just these annotations. */
function annotated(metadata: Stored['metadata'], said: readonly (readonly [string, string])[]): Stored['metadata'] {
  const { annotations: _, ...rest } = metadata
  return said.length > 0 ? { ...rest, annotations: Object.fromEntries(said) } : rest
}

/** What an annotation says; nothing, as upstream takes it, where that is no JSON. */
function read(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return decode(Buffer.from(text))
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function listIn<T>(text: string | undefined): T[] {
  const value = read(text)
  return Array.isArray(value) ? value.filter(isRecord).map(each => each as T) : []
}

const lower = (name: string): string => name[0]!.toLowerCase() + name.slice(1)
const upper = (name: string): string => name[0]!.toUpperCase() + name.slice(1)

/** A value with all its members renamed, however deep; members without a name or a value are dropped. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map(each => renamed(each, rename))
  if (!isRecord(value)) return value
  const members = Object.entries(value).filter(([name, member]) => name !== '' && member !== null)
  return Object.fromEntries(members.map(([name, member]) => [rename(name), renamed(member, rename)]))
}
