import { Pod } from '#api/core/v1.ts'
import type { Key } from '#api/object.ts'
import { type Eviction, PodDisruptionBudget } from '#api/policy/v1.ts'
import { StatusError } from '#api/status.ts'
import { answerValue } from '#apiserver/answer/answer.ts'
import { readObject } from '#apiserver/request/body.ts'
import { writeOptionsOf } from '#apiserver/request/options.ts'
import type { Subresource } from '#apiserver/resource.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { deleteOne, isDry } from '#apiserver/verbs/delete.ts'
import { attemptOf, checkName, keyIn, placeIn } from '#apiserver/verbs/verb.ts'
import type { Clock } from '#machinery/clock.ts'
import { selectorOf } from '#machinery/labels.ts'

const kind = { group: 'policy', version: 'v1', kind: 'Eviction' }

/** `pods/NAME/eviction`: a delete that a PodDisruptionBudget may refuse for now (upstream: registry/core/pod/storage/eviction.go). */
export const eviction = (reader: Reader, clock: Clock): Subresource => ({
  kind,
  verbs: ['create'],
  async handle(request, admit) {
    const store = reader.store(Pod)
    const key = keyIn(request, store)
    const { dryRun, fieldValidation } = writeOptionsOf(request)
    const body = (await readObject(request, kind, fieldValidation)) as Eviction
    placeIn(body, key)
    body.metadata.name ??= key.name
    checkName(body, key)
    const options = body.deleteOptions ?? {}
    await admit(body, dryRun || isDry(options))
    await checkBudgets(reader, key)
    const attempt = { ...attemptOf(request, { dryRun: dryRun || isDry(options) }), subresource: '' }
    await deleteOne(store, key, options, attempt, clock.now())
    return answerValue(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, request.accept)
  },
})

/** Throws TooManyRequests if a budget over the pod allows no disruption now. */
async function checkBudgets(reader: Reader, key: Key): Promise<void> {
  const pod = await reader.live(Pod, key)
  if (!pod) return
  for (const { metadata, spec, status } of reader.list(PodDisruptionBudget, { namespace: key.namespace })) {
    if ((status?.disruptionsAllowed ?? 0) > 0 || !selectorOf(spec?.selector).matches(pod.metadata.labels)) continue
    const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {}
    const message = `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
    throw new StatusError('TooManyRequests', `Cannot evict pod as it would violate the pod's disruption budget.`, {
      causes: [{ reason: 'DisruptionBudget', message, field: '' }],
    })
  }
}
