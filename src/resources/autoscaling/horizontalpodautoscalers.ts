import { HorizontalPodAutoscaler, type HPAScalingRules } from '#api/autoscaling/v2.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { nonNegatives } from '#resources/checks.ts'
import { age, integer, name, text } from '#resources/columns.ts'
import { metricsText } from './metrics.ts'
import { validateBehavior } from './validate-behavior.ts'
import { validateMetrics, validateReference } from './validate-metrics.ts'

export default resource(HorizontalPodAutoscaler, {
  shortNames: ['hpa'],
  categories: ['all'],
  status: true,
  columns: [
    name,
    text('Reference', ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`),
    text('Targets', ({ spec, status }) => metricsText(spec?.metrics, status?.currentMetrics ?? [])),
    text('MinPods', ({ spec }) => String(spec?.minReplicas ?? '<unset>')),
    { ...integer('MaxPods', ({ spec }) => spec?.maxReplicas), type: 'string' },
    { ...integer('Replicas', ({ status }) => status?.currentReplicas), type: 'string' },
    age,
  ],

  default(autoscaler) {
    const spec = (autoscaler.spec ??= { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } })
    spec.minReplicas ??= 1
    if (!spec.metrics?.length) {
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]
    }
    if (!spec.behavior) return
    spec.behavior.scaleUp = { ...scaleUp(), ...spec.behavior.scaleUp }
    spec.behavior.scaleDown = { ...scaleDown(), ...spec.behavior.scaleDown }
  },

  prepare(autoscaler, before) {
    if (!before) autoscaler.status = { desiredReplicas: 0 }
  },

  *validate({ spec }) {
    const { minReplicas, maxReplicas = 0, scaleTargetRef: target } = spec!
    if (minReplicas !== undefined && minReplicas < 1)
      yield invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')
    if (maxReplicas === 0) yield required('spec.maxReplicas', 'must be set and greater than 0')
    else if (maxReplicas < 0) yield invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1')
    if (minReplicas !== undefined && maxReplicas < minReplicas) {
      yield invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')
    }
    yield* validateReference(target, 'spec.scaleTargetRef')
    yield* validateMetrics(spec!.metrics, 'spec.metrics')
    yield* validateBehavior(spec!.behavior, 'spec.behavior')
  },

  *validateStatus({ status }) {
    yield* nonNegatives(status ?? { desiredReplicas: 0 }, 'status', ['currentReplicas', 'desiredReplicas'])
  },
})

const scaleUp = (): HPAScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
})

const scaleDown = (): HPAScalingRules => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
})
