import { PodDisruptionBudget } from '#api/policy/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue } from '#machinery/causes.ts'
import { validateSelector } from '#machinery/labels.ts'
import { atMost100Percent, intOrPercent, nonNegatives, oneOfIfSet } from '#resources/checks.ts'
import { age, integer, name, text } from '#resources/columns.ts'
import { validateConditions } from '#resources/conditions.ts'

const noPods = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }

export default resource(PodDisruptionBudget, {
  shortNames: ['pdb'],
  status: true,
  generation: true,
  conditionalUpdate: true,
  columns: [
    name,
    text('Min Available', ({ spec }) => String(spec?.minAvailable ?? 'N/A')),
    text('Max Unavailable', ({ spec }) => String(spec?.maxUnavailable ?? 'N/A')),
    integer('Allowed Disruptions', ({ status }) => status?.disruptionsAllowed),
    age,
  ],

  default(budget) {
    budget.spec ??= {}
  },

  prepare(budget, before) {
    if (!before) budget.status = { ...noPods }
  },

  *validate({ spec = {} }) {
    const { minAvailable, maxUnavailable, selector } = spec
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      yield invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')
    }
    for (const field of ['minAvailable', 'maxUnavailable'] as const) {
      const value = spec[field]
      if (value === undefined) continue
      yield* intOrPercent(value, `spec.${field}`)
      yield* atMost100Percent(value, `spec.${field}`)
    }
    if (selector) yield* validateSelector(selector, 'spec.selector')
    yield* oneOfIfSet(spec.unhealthyPodEvictionPolicy, 'spec.unhealthyPodEvictionPolicy', ['AlwaysAllow', 'IfHealthyBudget'])
  },

  *validateStatus({ status }) {
    yield* validateConditions(status?.conditions, 'status.conditions')
    yield* nonNegatives(status ?? noPods, 'status', ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'])
  },
})
