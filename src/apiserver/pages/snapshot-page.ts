import { pipeline } from 'node:stream/promises'
import type { Page } from '#apiserver/pipeline.ts'
import type { Clock } from '#machinery/clock.ts'
import { takeSnapshot } from '#storage/snapshot.ts'
import type { Storage } from '#storage/storage.ts'

/** Where a snapshot of the whole storage is read: whoever may see it sees every Secret, so only masters, unless a role says otherwise. */
export const snapshotPath = '/pinnace/snapshot'

/** The snapshot, as it is taken. */
export const snapshotPage =
  (storage: Storage, clock: Clock): Page =>
  ({ attributes, method }) => {
    if (attributes.path !== snapshotPath || method !== 'GET') return undefined
    return {
      code: 200,
      type: 'application/octet-stream',
      body: out => pipeline(takeSnapshot(storage, clock.now()), out, { end: false }),
    }
  }
