import type { CounterSet, Device, DeviceAttribute } from '#api/resource/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidValue, required, tooLong } from '#machinery/causes.ts'
import { dns1123Label } from '#machinery/names.ts'
import { named } from '#resources/checks.ts'
import { validateBindingConditions } from './binding-conditions.ts'
import { validateCapacity } from './capacity.ts'
import { atMost, distinct, entriesOf } from './lists.ts'
import { validateLabel, validateQualifiedName } from './names.ts'
import { validatePlace } from './places.ts'
import { validateDeviceTaint } from './taints.ts'

const mostProperties = 32
const mostValues = 48
const mostTaints = 16
const mostConsumptions = 2
const mostCounters = 32
const longestValue = 64

/** Checks one device of a slice. `perDevice`: whether each says itself on which nodes it can be used. */
export function* validateDevice(device: Device, path: string, perDevice: boolean): Generator<Cause> {
  const { attributes = {}, capacity = {}, allowMultipleAllocations: shared = false } = device
  yield* validateLabel(device.name, `${path}.name`)
  const properties = Object.keys(attributes).length + Object.keys(capacity).length
  if (properties > mostProperties)
    yield invalidValue(path, properties, `the total number of attributes and capacities must not exceed ${mostProperties}`)
  const values = Object.values(attributes).reduce((sum, attribute) => sum + Math.max(1, listed(attribute)), 0)
  if (values > mostValues) yield invalidValue(path, values, `the total number of attribute values must not exceed ${mostValues}`)
  const anyNumber = Number.POSITIVE_INFINITY
  yield* entriesOf(anyNumber, attributes, `${path}.attributes`, validateQualifiedName, validateAttribute)
  yield* entriesOf(anyNumber, capacity, `${path}.capacity`, validateQualifiedName, (each, at) =>
    validateCapacity(each, shared, at),
  )
  yield* atMost(mostTaints, device.taints, `${path}.taints`, validateDeviceTaint)
  yield* distinct(
    mostConsumptions,
    device.consumesCounters,
    `${path}.consumesCounters`,
    ({ counterSet, counters }, at) => validateCounters(counterSet, `${at}.counterSet`, counters, `${at}.counters`),
    ({ counterSet }) => counterSet,
  )
  yield* validatePlace(device, path, perDevice)
  yield* validateBindingConditions(device, path)
}

/** Checks counters that several devices of a pool draw from. */
export const validateCounterSet = ({ name, counters }: CounterSet, path: string): Generator<Cause> =>
  validateCounters(name, `${path}.name`, counters, `${path}.counters`)

function* validateCounters(name: string, namePath: string, counters: CounterSet['counters'], path: string): Generator<Cause> {
  yield* named(name, namePath, dns1123Label)
  if (Object.keys(counters ?? {}).length === 0) yield required(path)
  else yield* entriesOf(mostCounters, counters, path, validateLabel, () => [])
}

const listed = ({ bools = [], ints = [], strings = [], versions = [] }: DeviceAttribute): number =>
  bools.length + ints.length + strings.length + versions.length

const numeric = '(0|[1-9]\\d*)'
const prerelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)'
const build = '[0-9a-zA-Z-]+'
const semver = new RegExp(
  `^${numeric}\\.${numeric}\\.${numeric}(-${prerelease}(\\.${prerelease})*)?(\\+${build}(\\.${build})*)?$`,
)

/** An attribute has one value, or one list of values. */
function* validateAttribute(attribute: DeviceAttribute, path: string): Generator<Cause> {
  if (attribute.string !== undefined) yield* validateText(attribute.string, `${path}.string`)
  if (attribute.version !== undefined) yield* validateVersion(attribute.version, `${path}.version`)
  for (const list of ['bools', 'ints', 'strings', 'versions'] as const)
    if (attribute[list]?.length === 0) yield invalidValue(`${path}.${list}`, [], 'must not be empty if specified')
  for (const [index, text] of (attribute.strings ?? []).entries()) yield* validateText(text, `${path}.strings[${index}]`)
  for (const [index, text] of (attribute.versions ?? []).entries()) yield* validateVersion(text, `${path}.versions[${index}]`)
  const given = Object.values(attribute).filter(value => value !== undefined).length
  if (given !== 1) yield invalidValue(path, given === 0 ? '' : attribute, 'exactly one value must be specified')
}

function* validateText(value: string, path: string): Generator<Cause> {
  if (Buffer.byteLength(value) > longestValue) yield tooLong(path, longestValue)
}

function* validateVersion(value: string, path: string): Generator<Cause> {
  if (!semver.test(value)) yield invalidValue(path, value, 'must be a string compatible with semver.org spec 2.0.0')
  yield* validateText(value, path)
}
