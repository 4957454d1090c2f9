import {
  type Container,
  LimitRange,
  type LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
  type ResourceRequirements,
} from '#api/core/v1.ts'
import { type Admission, about, type Place, refused } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { type Amounts, podLimits, podRequests } from '#machinery/pod-resources.ts'
import { compare, milli } from '#machinery/quantity.ts'

const annotation = 'kubernetes.io/limit-ranger'
const ofPods = about([Pod], ['CREATE'])
const ofResizes = about([Pod], ['UPDATE'], ['resize'])
const ofClaims = about([PersistentVolumeClaim])

/** Containers that say nothing get a namespace's defaults; what says too little or too much is refused (upstream: LimitRanger). */
export const limitRanger = (reader: Reader): Admission => ({
  name: 'LimitRanger',
  concerns: (place: Place) => ofPods(place) || ofResizes(place) || ofClaims(place),

  default({ object, key: { namespace }, before }) {
    if (object?.kind !== Pod.kind || before?.metadata.deletionTimestamp) return
    for (const range of reader.list(LimitRange, { namespace })) complete(object as Pod, range)
  },

  validate(review) {
    const { object, before, key } = review
    if (before?.metadata.deletionTimestamp) return
    for (const { spec } of reader.list(LimitRange, { namespace: key.namespace })) {
      const problems = (spec?.limits ?? []).flatMap(item =>
        object?.kind === Pod.kind
          ? [...podProblems(object as Pod, item)]
          : [...claimProblems(object as PersistentVolumeClaim, item)],
      )
      if (problems.length > 0) throw refused(review, problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`)
    }
  },
})

/** Fills in the defaults of a range, and notes on the pod which. */
function complete(pod: Pod, { spec }: Readonly<LimitRange>): void {
  const items = (spec?.limits ?? []).filter(({ type }) => type === 'Container')
  const requests = Object.assign({}, ...items.map(({ defaultRequest }) => defaultRequest)) as Amounts
  const limits = Object.assign({}, ...items.map(item => item.default)) as Amounts
  const notes = [
    ...(pod.spec.initContainers ?? []).flatMap(each => fill(each, requests, limits, 'init container')),
    ...pod.spec.containers.flatMap(each => fill(each, requests, limits, 'container')),
  ]
  if (notes.length === 0) return
  pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${notes.join('; ')}` }
}

function fill(container: Container, requests: Amounts, limits: Amounts, what: string): string[] {
  const resources: ResourceRequirements = (container.resources ??= {})
  const add = (which: 'requests' | 'limits', defaults: Amounts, word: string): string[] => {
    const missing = Object.keys(defaults)
      .filter(name => resources[which]?.[name] === undefined)
      .sort()
    if (missing.length === 0) return []
    resources[which] = { ...resources[which], ...Object.fromEntries(missing.map(name => [name, defaults[name]!])) }
    return [`${missing.join(', ')} ${word} for ${what} ${container.name}`]
  }
  return [...add('requests', requests, 'request'), ...add('limits', limits, 'limit')]
}

function* podProblems(pod: Pod, item: LimitRangeItem): Generator<string> {
  if (item.type === 'Pod') yield* problems(item, podRequests(pod), podLimits(pod))
  if (item.type !== 'Container') return
  for (const { resources } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])])
    yield* problems(item, resources?.requests ?? {}, resources?.limits ?? {})
}

function* problems(item: LimitRangeItem, requests: Amounts, limits: Amounts): Generator<string> {
  for (const [name, least] of Object.entries(item.min ?? {}))
    yield* tooLittle(item.type, name, least, requests[name], limits[name])
  for (const [name, most] of Object.entries(item.max ?? {})) yield* tooMuch(item.type, name, most, requests[name], limits[name])
  for (const [name, ratio] of Object.entries(item.maxLimitRequestRatio ?? {}))
    yield* tooFarApart(item.type, name, ratio, requests[name], limits[name])
}

function* claimProblems({ spec }: PersistentVolumeClaim, item: LimitRangeItem): Generator<string> {
  if (item.type !== PersistentVolumeClaim.kind) return
  const requests: Amounts = spec?.resources?.requests ?? {}
  for (const [name, least] of Object.entries(item.min ?? {})) yield* tooLittle(item.type, name, least, requests[name], undefined)
  for (const [name, most] of Object.entries(item.max ?? {})) {
    const sentence = `maximum ${name} usage per ${item.type} is ${most}`
    const request = requests[name]
    if (request === undefined) yield `${sentence}.  No request is specified`
    else if (compare(request, most) > 0) yield `${sentence}, but request is ${request}`
  }
}

function* tooLittle(
  type: string,
  name: string,
  least: string,
  request: string | undefined,
  limit: string | undefined,
): Generator<string> {
  const sentence = `minimum ${name} usage per ${type} is ${least}`
  if (request === undefined) yield `${sentence}.  No request is specified`
  else if (compare(request, least) < 0) yield `${sentence}, but request is ${request}`
  else if (limit !== undefined && compare(limit, least) < 0) yield `${sentence}, but limit is ${limit}`
}

function* tooMuch(
  type: string,
  name: string,
  most: string,
  request: string | undefined,
  limit: string | undefined,
): Generator<string> {
  const sentence = `maximum ${name} usage per ${type} is ${most}`
  if (limit === undefined) yield `${sentence}.  No limit is specified`
  else if (compare(limit, most) > 0) yield `${sentence}, but limit is ${limit}`
  else if (request !== undefined && compare(request, most) > 0) yield `${sentence}, but request is ${request}`
}

function* tooFarApart(
  type: string,
  name: string,
  ratio: string,
  request: string | undefined,
  limit: string | undefined,
): Generator<string> {
  const sentence = `${name} max limit to request ratio per ${type} is ${ratio}`
  const [asked, allowed] = [milli(request ?? '0'), milli(limit ?? '0')]
  if (asked === 0) yield `${sentence}, but no request is specified or request is 0`
  else if (allowed === 0) yield `${sentence}, but no limit is specified or limit is 0`
  else if ((allowed / asked) * 1000 > milli(ratio)) yield `${sentence}, but provided ratio is ${(allowed / asked).toFixed(6)}`
}
