import { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '#api/core/v1.ts'
import { type Kind, qualified } from '#api/kind.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import { equal } from '#machinery/equality.ts'
import { type Amounts, plus } from '#machinery/pod-resources.ts'
import { compare } from '#machinery/quantity.ts'
import { masked } from '#machinery/quota/amounts.ts'
import { evaluatorOf, resourcesOf } from '#machinery/quota/evaluators.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, type Watch, watch } from '#reconcile/controller.ts'

/** How often everything is counted again, without a reason (upstream: --resource-quota-sync-period). */
const syncMs = 5 * 60_000
/** As long as a quota has changed within this, somebody may have been charged for what is not yet to be seen. */
const settleMs = 1000

/** Kinds whose end sets something free that is not only counted. */
const wakes = [Pod, Service, PersistentVolumeClaim].map(
  (kind): Watch =>
    watch<Pod | Service | PersistentVolumeClaim>(kind as Kind<Pod>, {
      changed: (before, after) =>
        before.status && 'phase' in before.status ? before.status.phase !== (after as Pod).status?.phase : false,
      *wakes({ metadata: { namespace } }, cluster) {
        for (const quota of cluster.list(ResourceQuota, { namespace })) yield keyOf(quota)
      },
    }),
)

/**
 * Counts what is used against each quota: when it is new or its limits have changed, and now and then (upstream:
 * pkg/controller/resourcequota). From then on admission keeps account; a count that finds less than that believes itself only
 * if nothing has been charged for a while, as what was charged may not have been made yet.
 */
export const resourceQuotas: Controller<ResourceQuota> = {
  name: 'resourcequota-controller',
  of: ResourceQuota,
  watches: wakes,
  restMs: settleMs,
  changed: (before, after) => !equal(before.spec, after.spec) || !equal(after.status?.hard, after.spec?.hard),

  async reconcile(quota, cluster) {
    const hard = quota.spec?.hard ?? {}
    const isKnown = equal(quota.status?.hard ?? {}, hard)
    const used = await count(quota, cluster)
    if (isKnown && equal(used, quota.status?.used ?? {})) return { afterMs: syncMs }
    const sinks = Object.keys(used).some(name => compare(used[name]!, quota.status?.used?.[name] ?? '0') < 0)
    if (isKnown && sinks && !(await isQuiet(quota, used, cluster))) return { afterMs: settleMs }
    await cluster.updateStatus(ResourceQuota, { ...quota, status: { hard, used } })
    // What was made while this was counted shows in the next count.
    return { afterMs: settleMs }
  },
}

/** Whether a while later the quota is still the same, and so is the count. */
async function isQuiet(quota: Readonly<ResourceQuota>, used: Amounts, cluster: Cluster): Promise<boolean> {
  await cluster.clock.sleep(settleMs, cluster.signal)
  const now = await cluster.client.get(ResourceQuota, keyOf(quota), cluster.signal)
  return now.metadata.resourceVersion === quota.metadata.resourceVersion && equal(await count(quota, cluster), used)
}

/** What is used in the quota's namespace, of each resource that it limits. */
async function count(quota: Readonly<ResourceQuota>, cluster: Cluster): Promise<Amounts> {
  const { namespace = '' } = quota.metadata
  const hard = quota.spec?.hard ?? {}
  let used: Amounts = Object.fromEntries(Object.keys(hard).map(name => [name, '0']))
  for (const kind of await kindsOf(Object.keys(hard), cluster)) {
    const evaluator = evaluatorOf(kind)
    for (const object of await objects(kind, namespace, cluster))
      used = plus(used, masked(evaluator.usage(object), resourcesOf(quota, hard, object, evaluator)))
  }
  return used
}

/** The kinds that count against some of these resources. */
async function kindsOf(names: readonly string[], { client, signal }: Cluster): Promise<readonly Kind[]> {
  const known = (await client.kinds(signal)).filter(({ kind, verbs }) => kind.scope === 'Namespaced' && verbs.includes('list'))
  const kinds = new Map(known.map(({ kind }) => [qualified(kind), kind]))
  return [...kinds.values()].filter(kind => names.some(name => evaluatorOf(kind).counts(name)))
}

async function objects(kind: Kind, namespace: string, { client, signal }: Cluster) {
  try {
    return (await client.list(kind, { namespace }, signal)).items
  } catch (error) {
    // A kind may go away after its discovery.
    if (isReason(error, 'NotFound')) return []
    throw error
  }
}
