import { writeAtomically } from './atomic.ts'
import { downwardFiles, groupOf } from './projections.ts'
import { refreshMs, volumeType } from './volume.ts'

/** What a pod may know about itself, as files, kept up to date. */
export const downwardApi = volumeType({
  member: 'downwardAPI',
  directory: 'kubernetes.io~downward-api',
  async setUp({ items = [], defaultMode = 0o644 }, setting) {
    await writeAtomically(setting.directory, downwardFiles(setting, items, defaultMode), groupOf(setting.pod))
    return { path: setting.directory, readOnly: true, againAt: new Date(setting.now.getTime() + refreshMs) }
  },
})
