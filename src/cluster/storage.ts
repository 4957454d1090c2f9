import { join } from 'node:path'
import { realClock } from '#machinery/clock.ts'
import { openMemory } from '#storage/memory.ts'
import type { Storage } from '#storage/storage.ts'
import { readFlagged } from './serving/files.ts'

/** An etcd cluster: the addresses of its members, and files with the certificates for it. */
export interface EtcdChoice {
  readonly servers: readonly string[]
  readonly caFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
}

/** Where objects lie: in this process, in the data directory, or in an etcd cluster, which other API servers may share. */
export type StorageChoice = 'memory' | 'lmdb' | EtcdChoice

/** How objects are kept. */
export interface Keeping {
  readonly storage: StorageChoice
  /** How long old revisions can be read, in milliseconds. Left out: as upstream, five minutes. */
  readonly historyMs?: number | undefined
  /** How large an embedded storage may grow. */
  readonly quotaBytes?: number | undefined
  /** A file that says what lies encrypted, and how. */
  readonly encryptionFile?: string | undefined
}

/** Whether others may use the storage at the same time. */
export const isShared = (storage: StorageChoice): boolean => typeof storage === 'object'

/** What is used, for people. */
export const describeStorage = (storage: StorageChoice): string =>
  typeof storage === 'string' ? storage : `etcd at ${storage.servers.join(', ')}`

export type OpenedStorage = Pick<Keeping, 'storage' | 'quotaBytes'> & { readonly data: string }

/** Opens where the objects lie; what is not used is not loaded. Throws a sentence for people where that cannot be. */
export async function openStorage({ storage, data, quotaBytes }: OpenedStorage): Promise<Storage> {
  if (storage === 'memory') return openMemory()
  if (storage === 'lmdb') {
    const { openLmdb } = await import('#storage/lmdb.ts')
    return openLmdb(join(data, 'storage'), { quotaBytes })
  }
  const { openEtcd } = await import('#storage/etcd.ts')
  const [ca, cert, key] = await Promise.all([
    readIfNamed('etcd-cafile', storage.caFile),
    readIfNamed('etcd-certfile', storage.certFile),
    readIfNamed('etcd-keyfile', storage.keyFile),
  ])
  return openEtcd({ endpoints: storage.servers, ca, cert, key }, { clock: realClock })
}

const readIfNamed = async (flag: string, file: string | undefined): Promise<Buffer | undefined> =>
  file === undefined ? undefined : readFlagged(flag, file, Buffer.from)
