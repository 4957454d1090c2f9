import { HorizontalPodAutoscaler } from '#api/autoscaling/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { columnsThrough } from '#resources/columns.ts'
import home from './horizontalpodautoscalers.ts'
import { conversion } from './v1-conversion.ts'

/** The autoscalers of autoscaling/v2, seen through v1. */
export default resource(HorizontalPodAutoscaler, {
  shortNames: ['hpa'],
  categories: ['all'],
  status: true,
  conversion,
  columns: columnsThrough(conversion, home),

  default(autoscaler) {
    const spec = (autoscaler.spec ??= { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } })
    spec.minReplicas ??= 1
  },
})
