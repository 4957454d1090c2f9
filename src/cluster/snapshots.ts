import { createWriteStream } from 'node:fs'
import { access, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { snapshotPath } from '#apiserver/pages/snapshot-page.ts'
import { readKubeconfig } from '#client/kubeconfig.ts'
import { httpsTransport } from '#client/transport.ts'
import { realClock } from '#machinery/clock.ts'
import { type Contents, fillFrom, readSnapshot, takeSnapshot } from '#storage/snapshot.ts'
import { type Revision, type Storage, under } from '#storage/storage.ts'
import { adminKubeconfig } from './kubeconfig.ts'
import { runningPid } from './process.ts'
import { openStorage, type StorageChoice } from './storage.ts'
import { writable } from './writable.ts'

/** A snapshot, and where it lies. */
export interface Snapshot extends Contents {
  readonly file: string
  readonly bytes: number
}

/** A file of a cluster's snapshots that is none, or damaged. */
export interface Spoilt {
  readonly file: string
  readonly why: string
}

const folder = (data: string): string => join(data, 'snapshots')
const suffix = '.snapshot'

/** How far resourceVersions leap when a snapshot is restored: whatever anybody has seen since it was taken must not come again. */
const leap = 1_000_000

/** Takes a snapshot of the cluster of a directory, which may be running. The file is there whole or not at all. */
export async function saveSnapshot({
  data,
  storage,
  file,
}: {
  readonly data: string
  readonly storage: StorageChoice
  readonly file?: string | undefined
}): Promise<Snapshot> {
  const stamp = realClock.now().toISOString().replaceAll(/[:.]/g, '-')
  const target = file ?? join(folder(data), `${stamp}${suffix}`)
  const partial = `${target}.partial`
  await writable(dirname(target))
  try {
    await write(partial, (await fromApi(data)) ?? fromStorage(data, storage))
    const contents = await readSnapshot(partial)
    await rename(partial, target)
    return { ...contents, file: target, bytes: (await stat(target)).size }
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** The snapshots that lie in a cluster's directory, oldest first. */
export async function listSnapshots(data: string): Promise<readonly (Snapshot | Spoilt)[]> {
  const names = await readdir(folder(data)).catch(() => [])
  const files = names.filter(name => name.endsWith(suffix)).sort()
  return Promise.all(
    files.map(async name => {
      const file = join(folder(data), name)
      try {
        return { ...(await readSnapshot(file)), file, bytes: (await stat(file)).size }
      } catch (error) {
        return { file, why: (error as Error).message }
      }
    }),
  )
}

/**
 * Fills the storage of a cluster that does not run from a snapshot. Throws a sentence where it runs, where the snapshot is not whole,
 * and where the storage is not empty: with `force` what is in it is put aside first (in etcd: deleted).
 */
export async function restoreSnapshot({
  data,
  storage,
  file,
  force,
}: {
  readonly data: string
  readonly storage: StorageChoice
  readonly file: string
  readonly force: boolean
}): Promise<Contents> {
  if (storage === 'memory') throw new Error('a storage in memory ends with its process: nothing can be restored to it')
  const pid = await runningPid(data)
  if (pid !== undefined) throw new Error(`a cluster runs on ${data} (process ${pid}): pinnace down --data ${data}`)
  const { revision } = await readSnapshot(file)
  return storage === 'lmdb' ? restoreFiles(data, file, { force, begins: revision + leap }) : restoreEtcd(storage, file, force)
}

/** Builds the storage beside its place, and puts it there when it is whole. */
async function restoreFiles(
  data: string,
  file: string,
  { force, begins }: { readonly force: boolean; readonly begins: Revision },
): Promise<Contents> {
  const [place, made] = [join(data, 'storage'), join(data, 'storage.restored')]
  const before = await newestIn(data, place)
  if (before !== undefined && before > 0 && !force)
    throw new Error(`there is a cluster in ${data} already: --force puts its storage aside`)
  await writable(data)
  await rm(made, { recursive: true, force: true })
  const { openLmdb } = await import('#storage/lmdb.ts')
  const storage = await openLmdb(made, { begins: Math.max(begins, (before ?? 0) + leap) })
  const contents = await fillFrom(file, storage).finally(() => storage.close())
  if (before !== undefined) await rename(place, `${place}.before-${realClock.now().getTime()}`)
  await rename(made, place)
  return contents
}

/** How far a storage had come; nothing: there is none. */
async function newestIn(data: string, place: string): Promise<Revision | undefined> {
  const isThere = await access(place).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const storage = await openStorage({ storage: 'lmdb', data })
  return storage.newest().finally(() => storage.close())
}

async function restoreEtcd(choice: StorageChoice, file: string, force: boolean): Promise<Contents> {
  const storage = await openStorage({ storage: choice, data: '' })
  try {
    if (force) await clear(storage)
    return await fillFrom(file, storage)
  } finally {
    await storage.close()
  }
}

async function clear(storage: Storage): Promise<void> {
  for (;;) {
    const { entries } = await storage.read(under('/registry/'), { limit: 500 })
    if (entries.length === 0) return
    await Promise.all(entries.map(({ key, revision }) => storage.write({ key, expected: revision })))
  }
}

/** The snapshot of a running cluster's API server; nothing where none answers. */
async function fromApi(data: string): Promise<AsyncIterable<Uint8Array> | undefined> {
  const config = await readKubeconfig(adminKubeconfig(data)).catch(() => undefined)
  if (!config) return undefined
  const transport = httpsTransport(config)
  const answer = await transport.send({ method: 'GET', path: snapshotPath, stream: true }).catch(() => undefined)
  if (!answer) return undefined
  if (answer.status !== 200) throw new Error(`the API server at ${config.server} gives no snapshot: it answers ${answer.status}`)
  return answer.body
}

async function* fromStorage(data: string, choice: StorageChoice): AsyncGenerator<Buffer, void> {
  const storage = await openStorage({ storage: choice, data })
  try {
    yield* takeSnapshot(storage, realClock.now())
  } finally {
    await storage.close()
  }
}

/** Writes a file that only its owner can read, down to the disk. */
async function write(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await pipeline(bytes, createWriteStream(file, { mode: 0o600 }))
  const handle = await open(file, 'r')
  await handle.sync().finally(() => handle.close())
}
