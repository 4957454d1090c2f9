import type { Service } from '#api/core/v1.ts'
import { apiVersion } from '#api/kind.ts'
import { IPAddress } from '#api/networking/v1.ts'
import type { Key, KubeObject } from '#api/object.ts'
import { notFound } from '#api/status.ts'
import { ownAttempt } from '#apiserver/bootstrap/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { formatIp, parseIp } from '#machinery/ip.ts'
import { familyOf } from '#machinery/service/addresses.ts'
import { isOfAllocator, ofAllocator } from '#machinery/service/ip-address.ts'

const familyLabel = 'ipaddress.kubernetes.io/ip-family'

/** Somebody has the address. */
class Taken extends Error {}

/** Makes the IPAddress that says of an address which Service has it. False, if there is one already. */
export async function takeAddress(reader: Reader, ip: string, holder: Key): Promise<boolean> {
  try {
    await reader.store(IPAddress).change(keyOf(ip), ownAttempt, current => {
      if (current) throw new Taken()
      return addressFor(ip, holder)
    })
    return true
  } catch (error) {
    if (error instanceof Taken) return false
    throw error
  }
}

/** Takes an IPAddress away, if it is as it must be for that. Throws NotFound, if there is none such. */
export async function dropAddress(reader: Reader, ip: string, isDropped: (address: IPAddress) => boolean): Promise<void> {
  await reader.store(IPAddress).change(keyOf(ip), { ...ownAttempt, deletes: true }, current => {
    if (!current || !isDropped(current as IPAddress)) throw notFound(IPAddress, ip)
    return undefined
  })
}

export const keyOf = (ip: string): Key => ({ namespace: '', name: ip })

/** The Service that has an address, if it is one. */
export const parentOf = ({ spec }: Readonly<IPAddress>): Key | undefined => {
  const { group, resource, namespace = '', name = '' } = spec?.parentRef ?? {}
  return !group && resource === 'services' ? { namespace, name } : undefined
}

/** Whether the Service has an address. */
export const isHeldBy = (address: Readonly<IPAddress>, { namespace, name }: Key): boolean => {
  const parent = parentOf(address)
  return parent?.namespace === namespace && parent.name === name
}

/** Whether the Service has an address, and the IPAddress is as it is made here. */
export const isRight = (address: Readonly<IPAddress>, holder: Key): boolean =>
  isHeldBy(address, holder) &&
  isOfAllocator(address) &&
  address.metadata.labels?.[familyLabel] === familyOf(address.metadata.name ?? '')

/** The addresses of a Service, as their IPAddresses are called. */
export const addressesOf = (service: KubeObject | undefined): readonly string[] => {
  const { clusterIPs = [] } = (service as Service | undefined)?.spec ?? {}
  return clusterIPs[0] === 'None' ? [] : clusterIPs.map(canonical)
}

/** An address as its IPAddress is called, however a Service writes it. */
export function canonical(ip: string): string {
  const parsed = ip.includes(':') ? parseIp(ip) : undefined
  return parsed ? formatIp(parsed) : ip
}

const addressFor = (ip: string, { namespace, name }: Key): IPAddress => ({
  kind: IPAddress.kind,
  apiVersion: apiVersion(IPAddress),
  metadata: { name: ip, labels: { [familyLabel]: familyOf(ip), ...ofAllocator } },
  spec: { parentRef: { resource: 'services', namespace, name } },
})
