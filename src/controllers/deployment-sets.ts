import { Deployment, ReplicaSet } from '#api/apps/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason, StatusError } from '#api/status.ts'
import { conditionOf, withCondition } from '#machinery/conditions.ts'
import { equal } from '#machinery/equality.ts'
import { type Cluster, inTerminatingNamespace } from '#reconcile/cluster.ts'
import { controllerRef, isControlledBy } from '#reconcile/owners.ts'
import { condition, hasDeadline } from './decide/deployment-status.ts'
import {
  hashLabel,
  nextRevision,
  presentAnnotations,
  revisionAnnotation,
  sameTemplate,
  templateHash,
} from './decide/revisions.ts'
import { sizeAnnotations, sizeOfNew } from './decide/rollout.ts'

/** The set of a deployment's present template, and the deployment with what is now to be said of it; that is not written yet. */
export interface Kept {
  readonly set: ReplicaSet
  readonly deployment: Deployment
}

/** Brings the set of the present template up to date: it may be an old one that has come back. */
export async function keepNewSet(
  deployment: Readonly<Deployment>,
  set: Readonly<ReplicaSet>,
  old: readonly ReplicaSet[],
  cluster: Cluster,
): Promise<Kept> {
  const annotations = presentAnnotations(deployment, set.metadata.annotations ?? {}, nextRevision(old))
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0
  const changed = !equal(annotations, set.metadata.annotations ?? {}) || minReadySeconds !== (set.spec?.minReadySeconds ?? 0)
  const kept = changed
    ? await cluster.update(ReplicaSet, {
        ...set,
        metadata: { ...set.metadata, annotations },
        spec: { ...set.spec!, minReadySeconds },
      })
    : set
  const said = withRevision(deployment, kept.metadata.annotations?.[revisionAnnotation] ?? '')
  if (conditionOf(deployment.status?.conditions, 'Progressing')) return { set: kept, deployment: said }
  return {
    set: kept,
    deployment: progressing(said, 'FoundNewReplicaSet', `Found new replica set "${kept.metadata.name}"`, cluster),
  }
}

/** Makes the set of the present template. Throws where its name is taken; the next attempt will use another one. */
export async function ensureNewSet(
  deployment: Readonly<Deployment>,
  old: readonly ReplicaSet[],
  cluster: Cluster,
): Promise<Kept> {
  const draft = draftOf(deployment, old)
  const { name } = draft.metadata
  const said = withRevision(deployment, String(nextRevision(old)))
  try {
    const set = await cluster.create(ReplicaSet, draft)
    const { replicas = 0 } = set.spec ?? {}
    if (replicas > 0)
      cluster.events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`)
    return { set, deployment: progressing(said, 'NewReplicaSetCreated', `Created new replica set "${name}"`, cluster) }
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) {
      const set = await cluster.client.get(ReplicaSet, keyOf(draft), cluster.signal)
      if (isControlledBy(set, deployment) && sameTemplate(set.spec?.template, deployment.spec?.template))
        return { set, deployment: said }
      await collide(deployment, cluster)
    } else if (error instanceof StatusError && !inTerminatingNamespace(error)) {
      await complain(deployment, `Failed to create new replica set "${name}": ${error.message}`, cluster)
    }
    throw error
  }
}

function draftOf(deployment: Readonly<Deployment>, old: readonly ReplicaSet[]): ReplicaSet {
  const { template, selector, minReadySeconds = 0 } = deployment.spec!
  const hash = { [hashLabel]: templateHash(template, deployment.status?.collisionCount) }
  const labels = { ...template.metadata?.labels, ...hash }
  const draft: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      namespace: deployment.metadata.namespace ?? '',
      name: `${deployment.metadata.name?.slice(0, 253 - 1 - hash[hashLabel]!.length)}-${hash[hashLabel]}`,
      labels,
      annotations: { ...presentAnnotations(deployment, {}, nextRevision(old)), ...sizeAnnotations(deployment) },
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds > 0 && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, ...hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
  return { ...draft, spec: { ...draft.spec!, replicas: sizeOfNew(deployment, draft, [...old, draft]) } }
}

/** Another object has the name: the count of such misfortunes goes into the next one. */
async function collide(deployment: Readonly<Deployment>, cluster: Cluster): Promise<void> {
  const status = { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 }
  await cluster.updateStatus(Deployment, { ...deployment, status })
}

async function complain(deployment: Readonly<Deployment>, message: string, cluster: Cluster): Promise<void> {
  cluster.events.event(deployment, 'Warning', 'ReplicaSetCreateError', message)
  if (!hasDeadline(deployment)) return
  const says = condition('Progressing', 'False', 'ReplicaSetCreateError', message, cluster.clock.now())
  const conditions = withCondition(deployment.status?.conditions, says)
  if (equal(conditions, deployment.status?.conditions)) return
  await cluster.updateStatus(Deployment, { ...deployment, status: { ...deployment.status, conditions } })
}

function withRevision(deployment: Readonly<Deployment>, revision: string): Deployment {
  const { metadata } = deployment
  return { ...deployment, metadata: { ...metadata, annotations: { ...metadata.annotations, [revisionAnnotation]: revision } } }
}

function progressing(deployment: Deployment, reason: string, message: string, { clock }: Cluster): Deployment {
  if (!hasDeadline(deployment)) return deployment
  const conditions = withCondition(deployment.status?.conditions, condition('Progressing', 'True', reason, message, clock.now()))
  return { ...deployment, status: { ...deployment.status, conditions } }
}
