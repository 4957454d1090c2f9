import { writeAtomically } from './atomic.ts'
import { groupOf, secretFiles } from './projections.ts'
import { refreshMs, volumeType } from './volume.ts'

/** The data of a Secret as files, kept up to date. */
export const secret = volumeType({
  member: 'secret',
  directory: 'kubernetes.io~secret',
  async setUp({ secretName = '', items, defaultMode = 0o644, optional }, setting) {
    const files = await secretFiles(setting, { name: secretName, items, mode: defaultMode, optional })
    await writeAtomically(setting.directory, files, groupOf(setting.pod))
    return { path: setting.directory, readOnly: true, againAt: new Date(setting.now.getTime() + refreshMs) }
  },
})
