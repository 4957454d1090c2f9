import type { Stats } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { volumeType } from './volume.ts'

/** What must already be there, by type. */
const checks: Readonly<Record<string, readonly [is: (found: Stats) => boolean, what: string]>> = {
  Directory: [found => found.isDirectory(), 'a directory'],
  DirectoryOrCreate: [found => found.isDirectory(), 'a directory'],
  File: [found => found.isFile(), 'a file'],
  FileOrCreate: [found => found.isFile(), 'a file'],
  Socket: [found => found.isSocket(), 'a socket file'],
  CharDevice: [found => found.isCharacterDevice(), 'a character device'],
  BlockDevice: [found => found.isBlockDevice(), 'a block device'],
}

/** A file or directory of the node itself. */
export const hostPath = volumeType({
  member: 'hostPath',
  directory: 'kubernetes.io~host-path',
  async setUp({ path, type = '' }) {
    if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 })
    if (type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close()
    const check = checks[type]
    if (!check) return { path }
    const found = await stat(path).catch(() => undefined)
    if (!found || !check[0](found)) throw new Error(`hostPath type check failed: ${path} is not ${check[1]}`)
    return { path }
  },
})
