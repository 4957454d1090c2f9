import type { LimitRangeItem, ResourceList } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { qualifiedName } from '#machinery/names.ts'
import { bigMilli, canonical, compare, quantityError } from '#machinery/quantity.ts'
import { each } from '#resources/checks.ts'
import { isOvercommitted, validateContainerResourceName, validateResourceName } from './pod-spec/requirements.ts'

const types = ['Pod', 'Container', 'PersistentVolumeClaim']

/** Checks what a namespace's pods, containers and claims may ask for. */
export function* validateLimitItems(items: readonly LimitRangeItem[] | undefined, path: string): Generator<Cause> {
  const seen = new Set<string>()
  yield* each(items, path, function* (item, at) {
    const { type = '' } = item
    const problems = qualifiedName(type)
    yield* invalidEach(`${at}.type`, type, problems)
    if (problems.length === 0 && !type.includes('/') && !types.includes(type))
      yield invalidValue(`${at}.type`, type, 'must be a standard limit type or fully qualified')
    if (seen.has(type)) yield duplicate(`${at}.type`, type)
    seen.add(type)
    yield* validateItem(item, at)
  })
}

const defaults = ['default', 'defaultRequest'] as const

function* validateItem(item: LimitRangeItem, path: string): Generator<Cause> {
  const ofPods = item.type === 'Pod'
  const checkName = ofPods || item.type === 'Container' ? validateContainerResourceName : validateResourceName
  const checkNames = function* (list: 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio'): Generator<Cause> {
    for (const name of Object.keys(item[list] ?? {})) yield* checkName(name, `${path}.${list}[${name}]`)
  }
  yield* checkNames('max')
  yield* checkNames('min')
  for (const list of defaults) {
    if (!ofPods) yield* checkNames(list)
    else if (Object.keys(item[list] ?? {}).length) yield forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'")
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided'
    yield required(`${path}.limits`, detail)
  }
  yield* checkNames('maxLimitRequestRatio')
  const { max, min, maxLimitRequestRatio } = item
  const given = [max, min, ...(ofPods ? [] : [item.default, item.defaultRequest]), maxLimitRequestRatio]
  for (const name of new Set(given.flatMap(list => Object.keys(list ?? {})))) yield* validateAmounts(name, item, path)
}

/** How one resource's amounts must lie: the request by default between the bounds and below the limit, and so on. */
function* validateAmounts(name: string, item: LimitRangeItem, path: string): Generator<Cause> {
  const of = (list: ResourceList | undefined): string | undefined =>
    list?.[name] === undefined || quantityError(list[name]) ? undefined : canonical(list[name])
  const ofPods = item.type === 'Pod'
  const [min, max] = [of(item.min), of(item.max)]
  const [limit, request] = ofPods ? [] : [of(item.default), of(item.defaultRequest)]
  const order = function* (
    [low, lowName]: readonly [string | undefined, string],
    [high, highName]: readonly [string | undefined, string],
    [list, shown]: readonly [string, string | undefined],
  ): Generator<Cause> {
    if (low !== undefined && high !== undefined && compare(low, high) > 0)
      yield invalidValue(`${path}.${list}[${name}]`, shown, `${lowName} value ${low} is greater than ${highName} value ${high}`)
  }
  yield* order([min, 'min'], [max, 'max'], ['min', min])
  yield* order([min, 'min'], [request, 'default request'], ['defaultRequest', request])
  yield* order([request, 'default request'], [max, 'max'], ['defaultRequest', request])
  yield* order([request, 'default request'], [limit, 'default limit'], ['defaultRequest', request])
  // Upstream shows the bound in these two.
  yield* order([min, 'min'], [limit, 'default'], ['default', min])
  yield* order([limit, 'default'], [max, 'max'], ['default', max])
  yield* validateRatio(of(item.maxLimitRequestRatio), min, max, `${path}.maxLimitRequestRatio[${name}]`)
  if (!isOvercommitted(name) && limit !== undefined && request !== undefined && compare(limit, request) !== 0) {
    const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`
    yield invalidValue(`${path}.defaultRequest[${name}]`, request, detail)
  }
}

function* validateRatio(
  ratio: string | undefined,
  min: string | undefined,
  max: string | undefined,
  path: string,
): Generator<Cause> {
  if (ratio === undefined) return
  if (compare(ratio, '1') < 0) yield invalidValue(path, ratio, `ratio ${ratio} is less than 1`)
  if (min === undefined || max === undefined) return
  const most = Number(bigMilli(max)) / Number(bigMilli(min))
  if (Number(bigMilli(ratio)) / 1000 > most) {
    const shown = Number.isFinite(most) ? most.toFixed(6) : most > 0 ? '+Inf' : 'NaN'
    yield invalidValue(path, ratio, `ratio ${ratio} is greater than max/min = ${shown}`)
  }
}
