import { isAbsolute, normalize } from 'node:path'
import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Pod, Secret } from '#api/core/v1.ts'
import { optionally } from '#kubelet/container/env.ts'
import { fieldOf, resourceOf } from '#kubelet/container/fields.ts'
import type { Projection } from './atomic.ts'
import type { Setting } from './volume.ts'

/** Which keys of a ConfigMap or Secret are wanted, and what becomes of them. */
export interface Wish {
  readonly name: string
  readonly items?: readonly KeyToPath[] | undefined
  readonly mode: number
  readonly optional?: boolean | undefined
}

/** The files of a ConfigMap; throws where it, or a wanted key, is not there and not optional. */
export async function configMapFiles({ pod, sources, since }: Setting, wish: Wish): Promise<Map<string, Projection>> {
  const { namespace } = pod.metadata
  const found = await optionally(wish.optional, () => sources.configMap(namespace!, wish.name, since))
  return chosen(found && textAndBytes(found), wish, 'configmap')
}

/** The files of a Secret. */
export async function secretFiles({ pod, sources, since }: Setting, wish: Wish): Promise<Map<string, Projection>> {
  const { namespace } = pod.metadata
  const found = await optionally(wish.optional, () => sources.secret(namespace!, wish.name, since))
  return chosen(found && decoded(found.data), wish, 'secret')
}

/** The files of the downward API. */
export function downwardFiles(
  { pod, place }: Setting,
  items: readonly DownwardAPIVolumeFile[],
  mode: number,
): Map<string, Projection> {
  const files = new Map<string, Projection>()
  for (const { path, fieldRef, resourceFieldRef, mode: own } of items) {
    const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
    const container = containers.find(({ name }) => name === resourceFieldRef?.containerName)
    const text = fieldRef
      ? fieldOf(pod, fieldRef.fieldPath, place)
      : container
        ? resourceOf(container, resourceFieldRef!, place)
        : ''
    files.set(inside(path), { data: Buffer.from(text), mode: own ?? mode })
  }
  return files
}

/** The group that owns a pod's volumes. */
export const groupOf = ({ spec }: Readonly<Pod>): number | undefined => spec?.securityContext?.fsGroup

/** Whom all containers of a pod run as, if it is one and the same. */
export function userOf({ spec }: Readonly<Pod>): number | undefined {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
  const users = new Set(containers.map(({ securityContext }) => securityContext?.runAsUser ?? spec?.securityContext?.runAsUser))
  return users.size === 1 ? [...users][0] : undefined
}

function chosen(
  data: ReadonlyMap<string, Buffer> | undefined,
  { name, items, mode, optional }: Wish,
  what: string,
): Map<string, Projection> {
  const files = new Map<string, Projection>()
  if (!items?.length) for (const [key, bytes] of data ?? []) files.set(key, { data: bytes, mode })
  for (const { key, path, mode: own } of items ?? []) {
    const bytes = data?.get(key)
    if (bytes) files.set(inside(path), { data: bytes, mode: own ?? mode })
    else if (!optional) throw new Error(`references non-existent ${what} key: ${key}`, { cause: name })
  }
  return files
}

/** A path that stays within the volume. */
function inside(path: string): string {
  const plain = normalize(path)
  if (isAbsolute(plain) || plain === '.' || plain.split('/').includes('..')) throw new Error(`invalid path: ${path}`)
  return plain
}

const textAndBytes = ({ data, binaryData }: Readonly<ConfigMap>): Map<string, Buffer> =>
  new Map([...Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const), ...decoded(binaryData)])

const decoded = (data: Secret['data']): Map<string, Buffer> =>
  new Map(Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const))
