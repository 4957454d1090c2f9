import { Pod } from '#api/core/v1.ts'
import { type Key, keyOf } from '#api/object.ts'
import { PodDisruptionBudget } from '#api/policy/v1.ts'
import { withCondition } from '#machinery/conditions.ts'
import { disruptionConditions } from '#machinery/disruption.ts'
import { equal } from '#machinery/equality.ts'
import { selectorOf } from '#machinery/labels.ts'
import { timestamp } from '#machinery/time.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { beliefMs, disruptionStatus, expectation, needsScale, notDeleted, staleIn } from './decide/disruption.ts'
import { scaled, scaleOf } from './disruption-scale.ts'

const name = 'disruption-controller'
const source = 'controllermanager'

/** Counts for every PodDisruptionBudget how many of its pods may be evicted now. */
export const disruptionBudgets: Controller<PodDisruptionBudget> = {
  name,
  source,
  of: PodDisruptionBudget,
  needs: scaled,
  watches: [watch(Pod, { wakes: budgetsOf })],

  async reconcile(budget, cluster) {
    const { spec = {}, metadata, status = {} } = budget
    const pods = cluster.list(Pod, { namespace: metadata.namespace, labels: selectorOf(spec.selector) })
    const now = cluster.clock.now()
    if (pods.length === 0) cluster.events.event(budget, 'Normal', 'NoPods', 'No matching pods found')
    const scale = needsScale(spec) ? await scaleOf(pods, cluster) : { total: 0, unmanaged: [] }
    if ('failure' in scale) {
      const message = `Failed to calculate the number of expected pods: ${scale.failure}`
      cluster.events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message)
      const conditions = disruptionConditions(status, now, scale.failure)
      return write(budget, { ...status, disruptionsAllowed: 0, conditions }, cluster)
    }
    if (scale.unmanaged.length > 0) cluster.events.event(budget, 'Warning', 'UnmanagedPods', unmanaged(budget))
    for (const pod of notDeleted(budget, pods, now))
      cluster.events.event(
        pod,
        'Warning',
        'NotDeleted',
        `Pod was expected by PDB ${metadata.namespace}/${metadata.name} to be deleted but it wasn't`,
      )
    const wanted = disruptionStatus(budget, pods, expectation(spec, pods.length, scale.total), now)
    await write(budget, wanted, cluster)
    const times = Object.values(wanted.disruptedPods ?? {}).map(at => Date.parse(at))
    if (times.length > 0) return { afterMs: Math.min(...times) + beliefMs + 1 - now.getTime() }
  },
}

const unmanaged = ({ spec }: Readonly<PodDisruptionBudget>): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${selectorOf(spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`

async function write(
  budget: Readonly<PodDisruptionBudget>,
  status: NonNullable<PodDisruptionBudget['status']>,
  cluster: Cluster,
): Promise<void> {
  if (!equal(status, budget.status)) await cluster.updateStatus(PodDisruptionBudget, { ...budget, status })
}

/** The budgets over a pod. */
function* budgetsOf(pod: Readonly<Pod>, cluster: Cluster): Generator<Key> {
  for (const budget of cluster.list(PodDisruptionBudget, { namespace: pod.metadata.namespace }))
    if (selectorOf(budget.spec?.selector).matches(pod.metadata.labels)) yield keyOf(budget)
}

/** Takes back what pods say of their own end, where after all they have stayed. */
export const staleDisruptions: Controller<Pod> = {
  name,
  source,
  of: Pod,
  changed: (before, after) => !equal(before.status?.conditions, after.status?.conditions),

  async reconcile(pod, cluster) {
    const now = cluster.clock.now()
    const afterMs = staleIn(pod, now)
    if (afterMs === undefined) return
    if (afterMs > 0) return { afterMs }
    const condition = { type: 'DisruptionTarget', status: 'False', lastTransitionTime: timestamp(now) } as const
    const conditions = withCondition(pod.status?.conditions, condition)
    await cluster.updateStatus(Pod, { ...pod, status: { ...pod.status, conditions } })
  },
}
