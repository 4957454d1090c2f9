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
  readonly advertised: { readonly serviceIp: string; readonly address: string | undefined }
  readonly isShared?: boolean
  readonly port: number
}

/**
 * Takes this server's place among the endpoints of the Service `kubernetes`; what it resolves to keeps the place, and those of
 * the other servers over the storage, until the signal aborts.
 */
export async function keepAdvertised(
  { reader, storage, clock, log, advertised, isShared = false, port }: AdvertisingGround,
  signal: AbortSignal,
): Promise<{ readonly kept: Promise<void> }> {
  const { serviceIp, address } = advertised
  const tell = (addresses: readonly string[]): Promise<void> => advertise(reader, { serviceIp, addresses, port })
  if (!isShared || address === undefined) {
    await tell(address === undefined ? [] : [address])
    return { kept: Promise.resolve() }
  }
  const masters = new Masters(storage, clock, address)
  await tell(await masters.renew())
  const keep = async (): Promise<void> => {
    const failed = (error: Error): void => log.warn('the endpoints of the API servers were not renewed', { error: error.message })
    for (;;) {
      await clock.sleep(renewEveryMs, signal)
      if (signal.aborted) return masters.leave().then(tell).catch(failed)
      await masters.renew().then(tell).catch(failed)
    }
  }
  return { kept: keep() }
}
