import type {
  KeyToPath,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  Volume,
  VolumeProjection,
  VolumeSource,
} from '#api/core/v1.ts'
import { quote } from '#machinery/causes.ts'
import { bigMilli, canonical, quantityError } from '#machinery/quantity.ts'
import { warnOfNodeTerm } from '#resources/core/node-labels.ts'

/** Since when types of volumes are of no use any more, in upstream's order for pods. */
const retired: readonly (readonly [keyof VolumeSource, string, string?])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  // The path is upstream's.
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]
const retiredOfNodes = new Set(['cephfs', 'photonPersistentDisk', 'scaleIO', 'storageos', 'glusterfs', 'rbd'])

/** What is odd, though not wrong, about a pod's volumes. */
export function* warnOfVolumes(volumes: readonly Volume[] | undefined, path: string): Generator<string> {
  for (const [index, volume] of (volumes ?? []).entries()) {
    const at = `${path}[${index}]`
    for (const [type, since, odd = type] of retired) if (volume[type]) yield `${at}.${odd}: ${since}`
    const template = volume.ephemeral?.volumeClaimTemplate
    if (template) yield* warnOfClaim(template.spec, `${at}.ephemeral.volumeClaimTemplate.spec`)
  }
  for (const volume of volumes ?? []) yield* warnOfFiles(volume)
}

/** The same of a volume that outlives pods. */
export function* warnOfPersistentVolume(spec: PersistentVolumeSpec, path: string): Generator<string> {
  if (spec.persistentVolumeReclaimPolicy === 'Recycle')
    yield `${path}.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.`
  for (const [index, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries())
    yield* warnOfNodeTerm(term, false, `${path}.nodeAffinity.required.nodeSelectorTerms[${index}]`)
  for (const [type, since, odd = type] of retired)
    if (retiredOfNodes.has(type) && (spec as VolumeSource)[type]) yield `${path}.${odd}: ${since}`
}

/** The same of a claim. */
export function* warnOfClaim(spec: PersistentVolumeClaimSpec | undefined, path: string): Generator<string> {
  for (const list of ['requests', 'limits'] as const)
    yield* warnOfFraction(spec?.resources?.[list]?.storage, `${path}.resources.${list}[storage]`)
}

/** There are no parts of bytes. */
export function* warnOfFraction(amount: string | undefined, path: string): Generator<string> {
  if (amount !== undefined && !quantityError(amount) && bigMilli(amount) % 1000n !== 0n)
    yield `${path}: fractional byte value ${quote(canonical(amount))} is invalid, must be an integer`
}

interface Placed {
  readonly path: string
  readonly source: string
}

/** Files that lie where others do, or below them, cannot all be there. */
function* warnOfFiles({ name = '', configMap, secret, downwardAPI, projected }: Volume): Generator<string> {
  const of = (items: readonly Partial<KeyToPath>[] = [], source = ''): Placed[] =>
    items.map(({ path = '' }) => ({ path, source }))
  const overlaps: [string, Placed[]][] = [
    [`ConfigMap ${quote(configMap?.name ?? '')}`, of(configMap?.items)],
    [`Secret ${quote(secret?.secretName ?? '')}`, of(secret?.items)],
    ['DownwardAPI', of(downwardAPI?.items)],
  ]
  for (const source of projected?.sources ?? [])
    if (Object.keys(source).length === 0) yield `volume ${quote(name)} (Projected) has no sources provided`
  overlaps.push(['Projected', (projected?.sources ?? []).flatMap(source => filesOf(source, of))])
  for (const [what, files] of overlaps)
    for (const pair of overlapping(files)) yield `volume ${quote(name)} (${what}): overlapping paths: ${pair}`
}

function filesOf(
  { configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection,
  of: (items: readonly Partial<KeyToPath>[] | undefined, source: string) => Placed[],
): Placed[] {
  if (configMap?.items) return of(configMap.items, `ConfigMap ${quote(configMap.name ?? '')}`)
  if (secret?.items) return of(secret.items, `Secret ${quote(secret.name ?? '')}`)
  if (downwardAPI?.items) return of(downwardAPI.items, 'DownwardAPI')
  return serviceAccountToken ? [{ path: serviceAccountToken.path ?? '', source: 'ServiceAccountToken' }] : []
}

function* overlapping(files: readonly Placed[]): Generator<string> {
  const seen: Placed[] = []
  for (const { path, source } of files) {
    const file = { path: path.replace(/\/+$/, ''), source }
    for (const other of seen) {
      const [a, b] = [`${file.path}/`, `${other.path}/`]
      if (file.path && other.path && (a.startsWith(b) || b.startsWith(a))) yield `${shown(file)} with ${shown(other)}`
    }
    seen.push(file)
  }
}

const shown = ({ path, source }: Placed): string => (source ? `${quote(path)} (${source})` : quote(path))
