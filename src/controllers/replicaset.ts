import { ReplicaSet } from '#api/apps/v1.ts'
import { Pod, ReplicationController } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import type { LabelSelector } from '#api/meta/v1.ts'
import { keyOf } from '#api/object.ts'
import { equal } from '#machinery/equality.ts'
import { type Labels, type Selector, selectorFromLabels, selectorOf } from '#machinery/labels.ts'
import { inBatches } from '#reconcile/batches.ts'
import { claim } from '#reconcile/claim.ts'
import { type Cluster, inTerminatingNamespace } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { controllerOf, controllerRef } from '#reconcile/owners.ts'
import { podsToDelete } from './decide/pod-ranking.ts'
import { isActive, isTerminating } from './decide/pods.ts'
import { nextAvailabilityMs, type Replicas, statusOf } from './decide/replicas.ts'

/** No more than so many pods are made or deleted in one go. */
const burst = 500

/** In what the two kinds differ. */
interface Flavour {
  readonly name: string
  readonly source: string
  readonly kind: Kind<Replicas>
  selector(set: Readonly<Replicas>): Selector
  readonly countsTerminating: boolean
}

/** Keeps as many pods alive as a ReplicaSet asks for. */
export const replicaSets = replicas({
  name: 'replicaset-controller',
  source: 'replicaset-controller',
  kind: ReplicaSet as unknown as Kind<Replicas>,
  selector: set => selectorOf(set.spec?.selector as LabelSelector),
  countsTerminating: true,
})

/** The same for ReplicationControllers, which differ in their selector only. */
export const replicationControllers = replicas({
  name: 'replicationcontroller-controller',
  source: 'replication-controller',
  kind: ReplicationController as unknown as Kind<Replicas>,
  selector: set => selectorFromLabels(set.spec?.selector as Labels),
  countsTerminating: false,
})

function replicas(flavour: Flavour): Controller<Replicas> {
  const { kind, selector } = flavour
  return {
    name: flavour.name,
    source: flavour.source,
    of: kind,
    owns: [Pod],
    watches: [
      watch(Pod, {
        // A lonely pod wakes those that might adopt it.
        *wakes(pod, cluster) {
          if (controllerOf(pod) || pod.metadata.deletionTimestamp) return
          for (const set of cluster.list(kind, { namespace: pod.metadata.namespace }))
            if (selector(set).matches(pod.metadata.labels)) yield keyOf(set)
        },
      }),
    ],

    async reconcile(set, cluster) {
      const active = await claim(Pod, { kind, object: set }, selector(set), isActive, cluster)
      const terminating = cluster.list(Pod, { owner: set, labels: selector(set) }).filter(isTerminating)
      const failure = set.metadata.deletionTimestamp ? undefined : await manage(flavour, set, active, cluster)
      const now = cluster.clock.now()
      const status = statusOf(
        set,
        { active, terminating: flavour.countsTerminating ? terminating.length : undefined, failure },
        now,
      )
      if (!equal(status, set.status)) await cluster.updateStatus(kind, { ...set, status })
      if (failure) throw failure
      const afterMs = nextAvailabilityMs(set, active, now)
      if (afterMs !== undefined) return { afterMs }
    },
  }
}

/** Makes or deletes pods until there are as many as wanted. Gives the failure, if there is one. */
async function manage(
  flavour: Flavour,
  set: Readonly<Replicas>,
  active: readonly Pod[],
  cluster: Cluster,
): Promise<Error | undefined> {
  const missing = (set.spec?.replicas ?? 1) - active.length
  try {
    if (missing > 0) await inBatches(Math.min(missing, burst), () => create(set, cluster))
    if (missing < 0) await remove(flavour, set, active, Math.min(-missing, burst), cluster)
  } catch (error) {
    return error as Error
  }
}

async function create(set: Readonly<Replicas>, cluster: Cluster): Promise<void> {
  const { metadata: { labels = {}, annotations = {}, finalizers = [] } = {}, spec } = set.spec?.template ?? {}
  const metadata = {
    namespace: set.metadata.namespace ?? '',
    generateName: `${set.metadata.name}-`,
    labels,
    annotations,
    finalizers,
    ownerReferences: [controllerRef(set)],
  }
  try {
    const pod = await cluster.create(Pod, { metadata, spec: spec as NonNullable<Pod['spec']> })
    cluster.events.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
  } catch (error) {
    if (inTerminatingNamespace(error)) return
    cluster.events.event(set, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`)
    throw error
  }
}

async function remove(
  flavour: Flavour,
  set: Readonly<Replicas>,
  active: readonly Pod[],
  count: number,
  cluster: Cluster,
): Promise<void> {
  const doomed = podsToDelete(active, related(flavour, set, cluster), count, cluster.clock.now())
  const deletions = doomed.map(async pod => {
    try {
      await cluster.delete(Pod, pod)
      cluster.events.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
    } catch (error) {
      cluster.events.event(set, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`)
      throw error
    }
  })
  const failed = (await Promise.allSettled(deletions)).find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
}

/** The pods of all sets that belong to the same owner as this one. */
function related({ kind }: Flavour, set: Readonly<Replicas>, cluster: Cluster): readonly Pod[] {
  const owner = controllerOf(set)
  const siblings = owner ? cluster.list(kind, { owner: { ...owner, metadata: { uid: owner.uid } } }) : [set]
  return siblings.flatMap(sibling => cluster.list(Pod, { owner: sibling }))
}
