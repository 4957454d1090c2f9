import { Deployment, ReplicaSet } from '#api/apps/v1.ts'
import { Pod } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { conditionOf, withCondition } from '#machinery/conditions.ts'
import { equal } from '#machinery/equality.ts'
import { selectorOf } from '#machinery/labels.ts'
import { claim } from '#reconcile/claim.ts'
import type { Cluster } from '#reconcile/cluster.ts'
import { type Controller, watch } from '#reconcile/controller.ts'
import { controllerOf } from '#reconcile/owners.ts'
import { condition, hasDeadline, isComplete, statusOf, untilDeadlineMs, withProgress } from './decide/deployment-status.ts'
import { isTerminal } from './decide/pods.ts'
import { forgettable, newSetOf } from './decide/revisions.ts'
import { type Scaling, scaleSets, shrinkOld, sizeAnnotations, sizeOfNew, wanted, wasScaled } from './decide/rollout.ts'
import { ensureNewSet, keepNewSet } from './deployment-sets.ts'

/** Rolls a Deployment's template out: one ReplicaSet for each template, scaled up and down against each other. */
export const deployments: Controller<Deployment> = {
  name: 'deployment-controller',
  of: Deployment,
  owns: [ReplicaSet],
  needs: [Pod],
  watches: [
    watch(ReplicaSet, {
      *wakes(set, cluster) {
        if (controllerOf(set) || set.metadata.deletionTimestamp) return
        for (const each of cluster.list(Deployment, { namespace: set.metadata.namespace }))
          if (selectorOf(each.spec?.selector).matches(set.metadata.labels)) yield keyOf(each)
      },
    }),
    watch(Pod, {
      // Recreate waits for the last old pod to end, which no ReplicaSet tells.
      changed: (before, after) => isTerminal(before) !== isTerminal(after),
      *wakes(pod, cluster) {
        const namespace = pod.metadata.namespace ?? ''
        const set = cluster.get(ReplicaSet, { namespace, name: controllerOf(pod)?.name ?? '' })
        const owner = set && cluster.get(Deployment, { namespace, name: controllerOf(set)?.name ?? '' })
        if (owner?.spec?.strategy?.type === 'Recreate') yield keyOf(owner)
      },
    }),
  ],

  async reconcile(deployment, cluster) {
    const selector = selectorOf(deployment.spec?.selector)
    const sets = await claim(ReplicaSet, { kind: Deployment, object: deployment }, selector, () => true, cluster)
    return new Rollout(deployment, sets, cluster).advance()
  },
}

/** One look at one deployment: takes the next step, then writes down how things stand. */
class Rollout {
  readonly #cluster: Cluster
  /** The deployment as it is, with the conditions and annotations that this step adds. */
  #deployment: Deployment
  readonly #before: Readonly<Deployment>
  #newSet: ReplicaSet | undefined
  readonly #old: ReplicaSet[]

  constructor(deployment: Readonly<Deployment>, sets: readonly ReplicaSet[], cluster: Cluster) {
    this.#cluster = cluster
    this.#before = this.#deployment = deployment
    this.#newSet = newSetOf(deployment, sets)
    this.#old = sets.filter(set => set !== this.#newSet)
  }

  async advance(): Promise<{ afterMs: number } | undefined> {
    const { metadata, spec } = this.#deployment
    const all = this.#newSet ? [...this.#old, this.#newSet] : this.#old
    if (metadata.deletionTimestamp) return this.#report(false)
    this.#notePause()
    if (spec?.paused || wasScaled(this.#deployment, all)) {
      await this.#adopt(false)
      for (const scaling of scaleSets(this.#deployment, this.#newSet, this.#old)) await this.#scale(scaling, true)
      if (spec?.paused) await this.#forget()
      return this.#report(false)
    }
    if (spec?.strategy?.type === 'Recreate') await this.#recreate()
    else await this.#roll()
    return this.#report(true)
  }

  async #roll(): Promise<void> {
    const newSet = await this.#adopt(true)
    const size = sizeOfNew(this.#deployment, newSet, [...this.#old, newSet])
    if (size !== wanted(newSet)) return this.#scale({ set: newSet, size })
    const less = shrinkOld(this.#deployment, newSet, this.#old)
    for (const scaling of less) await this.#scale(scaling)
    if (less.length === 0 && isComplete(this.#deployment, this.#deployment.status)) await this.#forget()
  }

  async #recreate(): Promise<void> {
    await this.#adopt(false)
    const running = this.#old.filter(set => wanted(set) > 0)
    for (const set of running) await this.#scale({ set, size: 0 })
    if (running.length > 0 || this.#oldPodsRun()) return
    const newSet = await this.#adopt(true)
    await this.#scale({ set: newSet, size: wanted(this.#deployment) })
    if (isComplete(this.#deployment, this.#deployment.status)) await this.#forget()
  }

  #oldPodsRun(): boolean {
    return this.#old.some(set => set.status?.replicas || this.#cluster.list(Pod, { owner: set }).some(pod => !isTerminal(pod)))
  }

  /** Brings the set of the present template up to date; makes it, if asked to. */
  async #adopt(make: true): Promise<ReplicaSet>
  async #adopt(make: boolean): Promise<ReplicaSet | undefined>
  async #adopt(make: boolean): Promise<ReplicaSet | undefined> {
    const found = this.#newSet ? await keepNewSet(this.#deployment, this.#newSet, this.#old, this.#cluster) : undefined
    const kept = found ?? (make ? await ensureNewSet(this.#deployment, this.#old, this.#cluster) : undefined)
    if (!kept) return undefined
    this.#newSet = kept.set
    this.#deployment = kept.deployment
    return kept.set
  }

  /** Gives a set a size, and lets it remember the deployment's; `anyway` also where only that has changed. */
  async #scale({ set, size }: Scaling, anyway = false): Promise<void> {
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(this.#deployment) }
    const before = wanted(set)
    if (before === size && (!anyway || equal(annotations, set.metadata.annotations))) return
    const spec = { ...set.spec!, replicas: size }
    const scaled = await this.#cluster.update(ReplicaSet, { ...set, metadata: { ...set.metadata, annotations }, spec })
    if (set === this.#newSet) this.#newSet = scaled
    else this.#old.splice(this.#old.indexOf(set), 1, scaled)
    if (before === size) return
    const message = `Scaled ${size > before ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${size}`
    this.#cluster.events.event(this.#before, 'Normal', 'ScalingReplicaSet', message)
  }

  /** Deletes the sets that are one too many to remember. */
  async #forget(): Promise<void> {
    for (const set of forgettable(this.#deployment, this.#old)) await this.#cluster.delete(ReplicaSet, set)
  }

  /** Says that a rollout is held up by the user, so that its deadline does not count meanwhile. */
  #notePause(): void {
    const progress = conditionOf(this.#deployment.status?.conditions, 'Progressing')
    if (!hasDeadline(this.#deployment) || progress?.reason === 'ProgressDeadlineExceeded') return
    const paused = this.#deployment.spec?.paused ?? false
    if (paused === (progress?.reason === 'DeploymentPaused')) return
    const [reason, message] = paused
      ? ['DeploymentPaused', 'Deployment is paused']
      : ['DeploymentResumed', 'Deployment is resumed']
    const says = condition('Progressing', 'Unknown', reason!, message!, this.#cluster.clock.now())
    const conditions = withCondition(this.#deployment.status?.conditions, says)
    this.#deployment = { ...this.#deployment, status: { ...this.#deployment.status, conditions } }
  }

  async #report(rollout: boolean): Promise<{ afterMs: number } | undefined> {
    const now = this.#cluster.clock.now()
    const counts = statusOf(this.#deployment, this.#newSet, this.#old, now)
    const status = rollout ? withProgress(this.#deployment, counts, this.#newSet, this.#old, now) : counts
    const after = { ...this.#deployment, status }
    if (!equal(after, this.#before)) await this.#cluster.updateStatus(Deployment, after)
    const afterMs = rollout ? untilDeadlineMs(after, now) : undefined
    if (afterMs !== undefined) return { afterMs }
  }
}
