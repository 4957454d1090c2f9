import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceRequestAllocationResult,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from '#api/resource/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, required, tooLong, tooMany } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { cidr } from '#machinery/ip.ts'
import { immutable } from '#machinery/metadata.ts'
import { each, oneOf } from '#resources/checks.ts'
import { validateConditions } from '#resources/conditions.ts'
import { validateNodeSelector } from '#resources/core/pod-spec/affinity.ts'
import { validateDriverName } from '#resources/core/pod-spec/volumes.ts'
import { validateBindingConditions } from './binding-conditions.ts'
import { requestNames, validateReference, validateReferences } from './device-claims.ts'
import { atMost, distinct } from './lists.ts'
import { validateLabel, validatePoolName, validateShareId } from './names.ts'
import { validateDeviceConfiguration, validateRaw } from './selectors.ts'
import { validateDeviceToleration } from './taints.ts'

const mostUsers = 256
const mostResults = 32
const mostConditions = 8
const mostAddresses = 16
const longestData = 10 * 1024

type Names = ReadonlySet<string>
type Allocated = Pick<DeviceRequestAllocationResult, 'driver' | 'pool' | 'device' | 'shareID'>

/** The device that something is about, or the share of it. */
const idOf = ({ driver, pool, device, shareID }: Allocated): string =>
  [driver, pool, device, ...(shareID ? [shareID] : [])].join('/')

/** Checks what a claim was given, and who uses it. */
export function* validateClaimStatus({ metadata, spec, status = {} }: ResourceClaim, before: ResourceClaim): Generator<Cause> {
  const { reservedFor = [], allocation, devices } = status
  const were = before.status ?? {}
  yield* distinct(mostUsers, reservedFor, 'status.reservedFor', validateUser, ({ uid }) => uid)
  const allocated = new Set(allocation?.devices?.results?.map(idOf))
  yield* distinct(
    Number.POSITIVE_INFINITY,
    devices,
    'status.devices',
    (device, at) => validateDevice(device, at, allocated),
    idOf,
  )
  if (reservedFor.length > 0) {
    const added = reservedFor.some(user => !were.reservedFor?.some(known => equal(known, user)))
    if (!allocation) yield forbidden('status.reservedFor', 'may not be specified when `allocated` is not set')
    else if (metadata.deletionTimestamp && added)
      yield forbidden(
        'status.reservedFor',
        'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
      )
  }
  if (!allocation) return
  if (were.allocation) yield* immutable(allocation, were.allocation, 'status.allocation')
  else yield* validateAllocation(allocation, 'status.allocation', requestNames(spec?.devices))
}

function* validateUser({ resource, name, uid }: ResourceClaimConsumerReference, path: string): Generator<Cause> {
  if (!resource) yield required(`${path}.resource`)
  if (!name) yield required(`${path}.name`)
  if (!uid) yield required(`${path}.uid`)
}

function* validateAllocation({ devices = {}, nodeSelector }: AllocationResult, path: string, names: Names): Generator<Cause> {
  yield* atMost(mostResults, devices.results, `${path}.devices.results`, (result, at) => validateResult(result, at, names))
  yield* atMost(2 * 32, devices.config, `${path}.devices.config`, function* (config, at) {
    yield* oneOf(config.source, `${at}.source`, ['FromClaim', 'FromClass'])
    yield* validateReferences(config.requests, `${at}.requests`, names)
    yield* validateDeviceConfiguration(config, at)
  })
  if (nodeSelector) yield* validateNodeSelector(nodeSelector, `${path}.nodeSelector`)
}

function* validateResult(result: DeviceRequestAllocationResult, path: string, names: Names): Generator<Cause> {
  yield* validateReference(result.request, `${path}.request`, names)
  yield* validateWhich(result, path)
  yield* validateBindingConditions(result, path)
  yield* each(result.tolerations, `${path}.tolerations`, validateDeviceToleration)
  yield* validateShareId(result.shareID, `${path}.shareID`)
}

function* validateWhich({ driver, pool, device }: Allocated, path: string): Generator<Cause> {
  yield* validateDriverName(driver, `${path}.driver`)
  yield* validatePoolName(pool, `${path}.pool`)
  yield* validateLabel(device, `${path}.device`)
}

function* validateDevice(device: AllocatedDeviceStatus, path: string, allocated: Names): Generator<Cause> {
  yield* validateWhich(device, path)
  yield* validateShareId(device.shareID, `${path}.shareID`)
  if (!allocated.has(idOf(device))) yield invalidValue(path, idOf(device), 'must be an allocated device in the claim')
  const { conditions = [], data, networkData = {} } = device
  if (conditions.length > mostConditions) yield tooMany(`${path}.conditions`, conditions.length, mostConditions)
  yield* validateConditions(conditions, `${path}.conditions`)
  if (data !== undefined) yield* validateRaw(data, `${path}.data`, longestData)
  const { interfaceName = '', hardwareAddress = '', ips } = networkData
  if (Buffer.byteLength(interfaceName) > 256) yield tooLong(`${path}.networkData.interfaceName`, 256)
  if (Buffer.byteLength(hardwareAddress) > 128) yield tooLong(`${path}.networkData.hardwareAddress`, 128)
  yield* distinct(mostAddresses, ips, `${path}.networkData.ips`, (ip, at) => invalidEach(at, ip, cidr(ip)), String)
}
