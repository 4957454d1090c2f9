import { writeAtomically } from './atomic.ts'
import { configMapFiles, groupOf } from './projections.ts'
import { refreshMs, volumeType } from './volume.ts'

/** The data of a ConfigMap as files, kept up to date. */
export const configMap = volumeType({
  member: 'configMap',
  directory: 'kubernetes.io~configmap',
  async setUp({ name = '', items, defaultMode = 0o644, optional }, setting) {
    const files = await configMapFiles(setting, { name, items, mode: defaultMode, optional })
    await writeAtomically(setting.directory, files, groupOf(setting.pod))
    return { path: setting.directory, readOnly: true, againAt: new Date(setting.now.getTime() + refreshMs) }
  },
})
