import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServiceAccountTokenProjection, VolumeProjection } from '#api/core/v1.ts'
import { type Projection, writeAtomically } from './atomic.ts'
import { configMapFiles, downwardFiles, groupOf, secretFiles, userOf } from './projections.ts'
import { refreshMs, type Setting, volumeType } from './volume.ts'

const defaultSeconds = 3600
/** A token is renewed when this much of its life is over, */
const renewAfter = 0.8
/** or, with a long life, after a day. */
const longestMs = 24 * 3600 * 1000

/** Several sources in one directory, among them a token of the pod's service account. */
export const projected = volumeType({
  member: 'projected',
  directory: 'kubernetes.io~projected',
  async setUp({ sources = [], defaultMode = 0o644 }, setting) {
    const files = new Map<string, Projection>()
    for (const source of sources) for (const [path, file] of await filesOf(source, defaultMode, setting)) files.set(path, file)
    await writeAtomically(setting.directory, files, groupOf(setting.pod))
    return { path: setting.directory, readOnly: true, againAt: new Date(setting.now.getTime() + refreshMs) }
  },
})

async function filesOf(source: VolumeProjection, mode: number, setting: Setting): Promise<Map<string, Projection>> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source
  if (configMap)
    return configMapFiles(setting, { name: configMap.name ?? '', items: configMap.items, mode, optional: configMap.optional })
  if (secret) return secretFiles(setting, { name: secret.name ?? '', items: secret.items, mode, optional: secret.optional })
  if (downwardAPI) return downwardFiles(setting, downwardAPI.items ?? [], mode)
  if (serviceAccountToken) return new Map([[serviceAccountToken.path, await tokenFile(serviceAccountToken, mode, setting)]])
  throw new Error('a projected source of this type is not supported yet')
}

/** The token that is there, while it is young enough: it says itself when it was made and when it expires. */
async function tokenFile(
  { path, audience, expirationSeconds = defaultSeconds }: ServiceAccountTokenProjection,
  defaultMode: number,
  { pod, directory, now, token }: Setting,
): Promise<Projection> {
  const user = userOf(pod)
  const mode = user !== undefined || groupOf(pod) !== undefined ? 0o600 : defaultMode
  const owner = user === undefined ? {} : { user }
  const there = await readFile(join(directory, path)).catch(() => undefined)
  if (there && now < renewalOf(there.toString())) return { data: there, mode, ...owner }
  return { data: Buffer.from(await token(audience, expirationSeconds)), mode, ...owner }
}

function renewalOf(token: string): Date {
  try {
    const { iat = 0, exp = 0 } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      iat?: number
      exp?: number
    }
    return new Date(iat * 1000 + Math.min((exp - iat) * 1000 * renewAfter, longestMs))
  } catch {
    return new Date(0)
  }
}
