import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { value } from '#machinery/quantity.ts'
import { groupOf } from './projections.ts'
import { volumeType } from './volume.ts'

const run = promisify(execFile)

/** A directory that lives as long as the pod; in memory if its medium says so and the kubelet may mount. */
export const emptyDir = volumeType({
  member: 'emptyDir',
  directory: 'kubernetes.io~empty-dir',
  async setUp({ medium, sizeLimit }, { pod, directory }) {
    const group = groupOf(pod)
    const made = await mkdir(directory, { recursive: true, mode: 0o777 })
    if (medium === 'Memory' && process.getuid?.() === 0 && !(await isMounted(directory))) {
      const size = sizeLimit === undefined ? [] : ['-o', `size=${value(sizeLimit)}`]
      await run('mount', ['-t', 'tmpfs', ...size, 'tmpfs', directory])
    } else if (made === undefined) return { path: directory }
    await chmod(directory, 0o777)
    if (group !== undefined) {
      await chown(directory, 0, group)
      await chmod(directory, 0o2777)
    }
    return { path: directory }
  },
  async tearDown(directory) {
    if (await isMounted(directory)) await run('umount', [directory])
  },
})

async function isMounted(directory: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  return mounts.split('\n').some(line => line.split(' ')[1] === directory)
}
