import { Event, PersistentVolumeClaim, Pod, type ResourceQuota, Service } from '#api/core/v1.ts'
import { qualified } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import { type Admission, type Place, type Review, refused } from '#apiserver/admission/admission.ts'
import { type Entry, givingBack, type Judge, type Ledger } from '#apiserver/admission/ledger.ts'
import type { Log } from '#machinery/log.ts'
import type { Amounts } from '#machinery/pod-resources.ts'
import { compare } from '#machinery/quantity.ts'
import { difference, exceeded, masked, shown } from '#machinery/quota/amounts.ts'
import type { Evaluator } from '#machinery/quota/evaluator.ts'
import { evaluatorOf, resourcesOf } from '#machinery/quota/evaluators.ts'

const uncounted = new Set([qualified(Event), 'events.events.k8s.io', 'bindings'])
/** What may come to use more by an update. */
const updatable = new Set([Service, PersistentVolumeClaim].map(qualified))

/**
 * No namespace has more than its quotas say (upstream: ResourceQuota). What a write uses more is charged before it is made, and
 * refused if there is not enough; what it sets free is credited when it has been made, and a charge for what was not made is
 * given back, so that quotas are right without waiting for their controller.
 */
export const resourceQuota = (ledger: Ledger, log: Log): Admission => ({
  name: 'ResourceQuota',
  concerns: ({ resource: { kind, answer }, operation }) =>
    kind.scope === 'Namespaced' && operation !== 'CONNECT' && !answer && !uncounted.has(qualified(kind)),

  async charge(review) {
    const { namespace } = review.key
    if (ledger.quotas(namespace).length === 0) return
    const evaluator = evaluatorOf(review.resource.kind)
    const judge: Judge = (quota, used) => chargeOf(review, evaluator, quota, used)
    const isJudged = isLimited(review)
    if (review.dryRun) {
      if (isJudged) for (const quota of ledger.quotas(namespace)) judge(quota, quota.status?.used ?? {})
      return
    }
    const charged = isJudged ? await ledger.enter(namespace, judge) : undefined
    return async made => {
      try {
        if (made) await adjust(ledger, review, evaluator, made.object, isJudged)
        else if (charged?.size) await ledger.enter(namespace, givingBack(charged))
      } catch (error) {
        // The quota's controller will put it right.
        log.warn('a quota was not adjusted', { namespace, error: String(error) })
      }
    }
  },
})

/** Whether a write may be refused for what it uses; all others are only kept account of. */
function isLimited({ resource: { kind }, operation, subresource }: Place): boolean {
  if (kind.plural === Pod.plural && kind.group === '' && subresource === 'resize') return operation === 'UPDATE'
  if (subresource) return false
  return operation === 'CREATE' || (operation === 'UPDATE' && updatable.has(qualified(kind)))
}

/** What a write uses more, of the resources of one quota. Throws Forbidden, if that is too much. */
function chargeOf(review: Review, evaluator: Evaluator, quota: Readonly<ResourceQuota>, used: Amounts): Entry | undefined {
  const { name } = quota.metadata
  const hard = quota.status?.hard ?? {}
  const names = resourcesOf(quota, hard, review.object!, evaluator)
  if (names.length === 0) return undefined
  const problem = evaluator.problem?.(review.object!, names)
  if (problem) throw refused(review, `failed quota: ${name}: ${problem}`)
  const unknown = names.filter(each => !(each in used)).sort()
  if (unknown.length > 0) throw refused(review, `status unknown for quota: ${name}, resources: ${unknown.join(',')}`)
  const wanted = masked(evaluator.usage(review.object!), names)
  const negative = Object.keys(wanted).filter(each => compare(wanted[each]!, '0') < 0)
  if (negative.length > 0) throw refused(review, `quota usage is negative for resource(s): ${negative.sort().join(',')}`)
  const { more } = difference(usageIn(quota, review.before, evaluator), wanted)
  const over = exceeded(used, more, hard)
  if (over.length > 0) {
    const [requested, taken, limited] = [more, used, hard].map(amounts => shown(masked(amounts, over)))
    throw refused(review, `exceeded quota: ${name}, requested: ${requested}, used: ${taken}, limited: ${limited}`)
  }
  return Object.keys(more).length > 0 ? { more } : undefined
}

/** Enters what a write that was made has changed, as far as it was not charged before. */
async function adjust(
  ledger: Ledger,
  { key: { namespace }, before }: Review,
  evaluator: Evaluator,
  after: KubeObject | undefined,
  isCharged: boolean,
): Promise<void> {
  const judge: Judge = quota => {
    const { more, less } = difference(usageIn(quota, before, evaluator), usageIn(quota, after, evaluator))
    const entry = { more: isCharged ? {} : more, less }
    return Object.keys(entry.more).length + Object.keys(less).length > 0 ? entry : undefined
  }
  if (ledger.quotas(namespace).some(quota => judge(quota, {}))) await ledger.enter(namespace, judge)
}

function usageIn(quota: Readonly<ResourceQuota>, object: KubeObject | undefined, evaluator: Evaluator): Amounts {
  if (!object) return {}
  return masked(evaluator.usage(object), resourcesOf(quota, quota.status?.hard ?? {}, object, evaluator))
}
