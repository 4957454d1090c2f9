import type { ProjectedVolumeSource, ServiceAccountTokenProjection, VolumeProjection } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, required } from '#machinery/causes.ts'
import { each, requiredEach } from '#resources/checks.ts'
import { validateReservedPath } from '#resources/core/pod-spec/paths.ts'
import { validateDownwardFile, validateKeyToPath, validateMode } from './files.ts'

/** Checks a volume into which several sources put their files. */
export function* validateProjected({ defaultMode, sources }: ProjectedVolumeSource, path: string): Generator<Cause> {
  yield* validateMode(defaultMode, `${path}.defaultMode`)
  const files = new Set<string>()
  yield* each(sources, `${path}.sources`, (source, at) => validateProjection(source, files, path, at))
}

/** Upstream tells of files that meet, and of the token's, at the volume and not at the source. */
function* validateProjection(source: VolumeProjection, files: Set<string>, volumePath: string, path: string): Generator<Cause> {
  function* unique(file: string | undefined, owner: string): Generator<Cause> {
    if (file && files.has(file)) yield invalidValue(volumePath, owner, 'conflicting duplicate paths')
    if (file) files.add(file)
  }
  for (const type of ['secret', 'configMap'] as const) {
    const from = source[type]
    if (!from) continue
    yield* requiredEach(from, `${path}.${type}`, ['name'])
    yield* each(from.items, `${path}.${type}.items`, function* (item, at) {
      yield* validateKeyToPath(item, at)
      yield* unique(item.path, from.name ?? '')
    })
  }
  for (const file of source.downwardAPI?.items ?? []) {
    yield* validateDownwardFile(file, `${path}.downwardAPI`)
    yield* unique(file.path, file.path ?? '')
  }
  if (source.serviceAccountToken) yield* validateToken(source.serviceAccountToken, volumePath, `${path}.serviceAccountToken`)
  if (Object.keys(source).length > 1) yield forbidden(path, 'may not specify more than 1 volume type per source')
}

function* validateToken(token: ServiceAccountTokenProjection, volumePath: string, path: string): Generator<Cause> {
  const at = `${path}.expirationSeconds`
  const seconds = token.expirationSeconds ?? 0
  if (seconds < 600) yield invalidValue(at, seconds, 'may not specify a duration less than 10 minutes')
  if (seconds > 2 ** 32) yield invalidValue(at, seconds, 'may not specify a duration larger than 2^32 seconds')
  if (!token.path) yield required(`${volumePath}.path`)
  else yield* validateReservedPath(token.path, `${volumePath}.path`)
}
