import { isReason } from '#api/status.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import type { Storage } from '#storage/storage.ts'
import { advertise } from './bootstrap.ts'
import { Masters, renewEveryMs } from './masters.ts'

export interface AdvertisingGround {
  readonly reader: Reader
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  /** Where it is reached from elsewhere; nowhere, if it is not. */
  readonly address: string | undefined
  /** The address that the Service has. */
  readonly serviceIp: string
  readonly isShared?: boolean
  readonly port: number
}

/** Until the first address of the range is free again: another API server is just making the Service, or has crashed over it. */
const retryMs = 1000

/**
 * Takes this server's place among the endpoints of the Service `kubernetes`; what it resolves to keeps the place, and those of
 * the other servers over the storage, until the signal aborts.
 */
export async function keepAdvertised(
  { reader, storage, clock, log, address, serviceIp, isShared = false, port }: AdvertisingGround,
  signal: AbortSignal,
): Promise<{ readonly kept: Promise<void> }> {
  const masters = isShared && address !== undefined ? new Masters(storage, clock, address) : undefined
  const own = address === undefined ? [] : [address]
  const tell = (addresses: readonly string[]): Promise<void> => advertise(reader, { serviceIp, addresses, port })
  const renew = async (): Promise<void> => tell(masters ? await masters.renew() : own)
  const failed = (error: Error): false => {
    log.warn('the endpoints of the API servers were not renewed', { error: error.message })
    return false
  }
  const done = (): boolean => true

  let isDone = await renew().then(done, (error: Error) => {
    if (!isReason(error, 'Invalid')) throw error
    return failed(error)
  })
  const keep = async (): Promise<void> => {
    while (masters || !isDone) {
      await clock.sleep(isDone ? renewEveryMs : retryMs, signal)
      if (signal.aborted) return void (await masters?.leave().then(tell).catch(failed))
      isDone = await renew().then(done, failed)
    }
  }
  return { kept: keep() }
}
