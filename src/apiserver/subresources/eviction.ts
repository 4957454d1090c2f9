import { Pod } from '#api/core/v1.ts'
import type { DeleteOptions } from '#api/meta/v1.ts'
import type { Key, KubeObject } from '#api/object.ts'
import { type Eviction, PodDisruptionBudget } from '#api/policy/v1.ts'
import { isReason, notFound } from '#api/status.ts'
import { answerValue } from '#apiserver/answer/answer.ts'
import { readObject } from '#apiserver/request/body.ts'
import { writeOptionsOf } from '#apiserver/request/options.ts'
import type { Subresource } from '#apiserver/resource.ts'
import type { Attempt } from '#apiserver/store/gate.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { checkPreconditions, deleteOne, isDry } from '#apiserver/verbs/delete.ts'
import { attemptOf, checkName, keyIn, placeIn } from '#apiserver/verbs/verb.ts'
import type { Clock } from '#machinery/clock.ts'
import { clone } from '#machinery/clone.ts'
import { withCondition } from '#machinery/conditions.ts'
import { timestamp } from '#machinery/time.ts'
import { charged, guardOf } from './disruption-budget.ts'

const kind = { group: 'policy', version: 'v1', kind: 'Eviction' }

/** `pods/NAME/eviction`: a delete that a PodDisruptionBudget may refuse for now (upstream: registry/core/pod/storage/eviction.go). */
export const eviction = (reader: Reader, clock: Clock): Subresource => ({
  kind,
  verbs: ['create'],
  async handle(request, admit) {
    const key = keyIn(request, reader.store(Pod))
    const { dryRun, fieldValidation } = writeOptionsOf(request)
    const body = (await readObject(request, kind, fieldValidation)) as Eviction
    placeIn(body, key)
    body.metadata.name ??= key.name
    checkName(body, key)
    const options = body.deleteOptions ?? {}
    const attempt = { ...attemptOf(request, { dryRun: dryRun || isDry(options) }), subresource: 'status' }
    await admit(body, attempt.dryRun)
    await evict(reader, clock, key, options, attempt)
    return answerValue(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, request.accept)
  },
})

/** Asks the pod's budget, says in the pod why it goes, and deletes it. Asks again if the pod has changed where it had to stay as it was. */
async function evict(reader: Reader, clock: Clock, key: Key, options: DeleteOptions, attempt: Attempt): Promise<void> {
  for (;;) {
    const pod = await reader.live(Pod, key)
    if (!pod) throw notFound(Pod, key.name)
    // What the client itself asks for is decided here: a conflict further on is then news of the pod, and asking again ends.
    checkPreconditions(pod, options, reader.store(Pod).resource)
    const guard = guardOf(pod, reader.list(PodDisruptionBudget, { namespace: key.namespace }))
    if (typeof guard === 'object') await charge(reader, clock, guard, key.name, attempt)
    const isPinned = guard === 'unchanged' && options.preconditions?.resourceVersion === undefined
    const wanted = isPinned ? only(options, pod.metadata.resourceVersion) : options
    try {
      return await remove(reader, clock, key, wanted, attempt)
    } catch (error) {
      if (!isPinned || !isReason(error, 'Conflict')) throw error
    }
  }
}

async function charge(
  reader: Reader,
  clock: Clock,
  budget: Readonly<PodDisruptionBudget>,
  pod: string,
  attempt: Attempt,
): Promise<void> {
  const { namespace = '', name = '' } = budget.metadata
  await reader.store(PodDisruptionBudget).change({ namespace, name }, attempt, current => {
    if (!current) throw notFound(PodDisruptionBudget, name)
    return charged(current as PodDisruptionBudget, pod, clock.now())
  })
}

async function remove(reader: Reader, clock: Clock, key: Key, options: DeleteOptions, attempt: Attempt): Promise<void> {
  const store = reader.store(Pod)
  const { item } = await store.change(key, attempt, current => {
    if (!current) throw notFound(Pod, key.name)
    checkPreconditions(current, options, store.resource)
    return targeted(current as Pod, clock.now())
  })
  // We are who has changed it.
  const isBound = options.preconditions?.resourceVersion !== undefined && !attempt.dryRun
  const wanted = isBound ? only(options, item.object.metadata.resourceVersion) : options
  await deleteOne(store, key, wanted, { ...attempt, subresource: '' }, clock.now())
}

/** The pod with the condition that says why it goes. */
function targeted(pod: Readonly<Pod>, now: Date): KubeObject {
  const conditions = withCondition(pod.status?.conditions, {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: timestamp(now),
  })
  return clone({ ...pod, status: { ...pod.status, conditions } })
}

/** Deletes only what is as it was at this version. */
const only = (options: DeleteOptions, resourceVersion: string | undefined): DeleteOptions => ({
  ...options,
  preconditions: { ...options.preconditions, ...(resourceVersion !== undefined && { resourceVersion }) },
})
