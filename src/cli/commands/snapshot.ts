import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Snapshot, Spoilt } from '#cluster/snapshots.ts'
import { withData } from './data.ts'
import { keepingOf, type StorageFlags, withStorage } from './storage.ts'

interface Flags extends StorageFlags {
  readonly data: string
  readonly force?: true
}

/** `pinnace snapshot save|list|restore`: every object at one revision, in a file that any storage can be filled from. */
export function snapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .description('save and restore all objects of a cluster, whatever they are stored in')
  withStorage(withData(command.command('save')))
    .description('save a snapshot of a cluster, running or not')
    .argument('[file]', 'where to; default: DIR/snapshots/TIME.snapshot')
    .action(async (file: string | undefined, flags: Flags) => {
      const { saveSnapshot } = await import('#cluster/snapshots.ts')
      const saved = await saveSnapshot({ ...flags, ...keepingOf(flags), file: file && resolve(file) })
      console.log(line(saved))
    })
  withData(command.command('list'))
    .description('list the snapshots in a cluster’s directory, and whether they are whole')
    .action(async ({ data }: Flags) => {
      const { listSnapshots } = await import('#cluster/snapshots.ts')
      const found = await listSnapshots(data)
      for (const each of found) console.log(line(each))
      if (found.length === 0) console.log(`no snapshots in ${data}`)
      if (found.some(each => 'why' in each)) process.exitCode = 1
    })
  withStorage(withData(command.command('restore')))
    .description('fill the storage of a cluster that does not run from a snapshot')
    .argument('<file>', 'the snapshot')
    .option('--force', 'though the storage is not empty: lmdb is put aside, etcd is cleared')
    .action(async (file: string, flags: Flags) => {
      const { restoreSnapshot } = await import('#cluster/snapshots.ts')
      const { entries, takenAt } = await restoreSnapshot({
        ...flags,
        ...keepingOf(flags),
        file: resolve(file),
        force: flags.force ?? false,
      })
      console.log(`restored ${entries} objects as they were at ${takenAt}`)
    })
}

const line = (each: Snapshot | Spoilt): string =>
  'why' in each
    ? each.why
    : `${each.file}  ${each.takenAt}  revision ${each.revision}  ${each.entries} objects  ${each.bytes} bytes`
