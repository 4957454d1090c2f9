import type { MetricSpec, MetricStatus } from '#api/autoscaling/v2.ts'

const shown = 2

/** Metrics as columns show them: current against wanted, the first two. */
export function metricsText(specs: readonly MetricSpec[] = [], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>'
  const texts = specs.map((spec, index) => metricText(spec, statuses[index]))
  const list = texts.slice(0, shown).join(', ')
  return texts.length > shown ? `${list} + ${texts.length - shown} more...` : list
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return valueText(spec.external?.target, status?.external?.current)
    case 'Object':
      return valueText(spec.object?.target, status?.object?.current)
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${spec.pods?.target.averageValue}`
    case 'Resource':
      return `${spec.resource?.name}: ${usageText(spec.resource?.target, status?.resource?.current)}`
    case 'ContainerResource':
      return `${spec.containerResource?.name}: ${usageText(spec.containerResource?.target, status?.containerResource?.current)}`
    default:
      return '<unknown type>'
  }
}

interface Amount {
  value?: string
  averageValue?: string
  averageUtilization?: number
}

const unknown = '<unknown>'

const valueText = (target: Amount = {}, current: Amount = {}): string =>
  target.averageValue === undefined
    ? `${current.value ?? unknown}/${target.value}`
    : `${current.averageValue ?? unknown}/${target.averageValue} (avg)`

function usageText(target: Amount = {}, current: Amount = {}): string {
  if (target.averageValue !== undefined) return `${current.averageValue ?? unknown}/${target.averageValue}`
  const percent = (share: number | undefined, missing: string) => (share === undefined ? missing : `${share}%`)
  return `${percent(current.averageUtilization, unknown)}/${percent(target.averageUtilization, '<auto>')}`
}
