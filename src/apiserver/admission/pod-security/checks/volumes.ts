import type { Volume } from '#api/core/v1.ts'
import { type Check, type Judge, named, plural, quoted, sorted } from '#apiserver/admission/pod-security/check.ts'

const harmless: readonly (keyof Volume)[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const types: Judge = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter(volume => !harmless.some(type => volume[type]))
  if (bad.length === 0) return undefined
  const used = sorted(bad.map(({ name: _, ...source }) => Object.keys(source)[0] ?? 'unknown'))
  const volumes = named(
    'volume',
    bad.map(({ name }) => name),
  )
  const what = plural('restricted volume type', used.length)
  return { reason: 'restricted volume types', detail: `${volumes} ${bad.length === 1 ? 'uses' : 'use'} ${what} ${quoted(used)}` }
}

/** What a pod may mount. */
export const volumeChecks: readonly Check[] = [
  { id: 'restrictedVolumes', level: 'restricted', versions: [{ since: 0, judge: types, overrides: ['hostPathVolumes'] }] },
]
