import { chmod, lstat, mkdir, realpath, stat, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { Container } from '#api/core/v1.ts'
import type { Mount } from '#kubelet/runtime.ts'
import type { Ready } from '#kubelet/volumes/volume.ts'
import type { Variable } from './env.ts'
import { expand } from './expand.ts'

/** A container's volumeMounts as mounts of the host, subPaths made where they are missing. Throws what makes a CreateContainerConfigError. */
export async function volumeMounts(
  container: Container,
  volumes: ReadonlyMap<string, Ready>,
  variables: readonly Variable[],
): Promise<Mount[]> {
  const mounts: Mount[] = []
  for (const { name, mountPath, subPath, subPathExpr, readOnly, mountPropagation } of container.volumeMounts ?? []) {
    const volume = volumes.get(name)
    if (!volume) throw new Error(`cannot find volume "${name}" to mount into container "${container.name}"`)
    const below = subPathExpr ? expandStrictly(subPathExpr, variables) : subPath
    mounts.push({
      hostPath: below ? await inside(volume.path, below, container.name) : volume.path,
      containerPath: mountPath.startsWith('/') ? mountPath : `/${mountPath}`,
      ...((readOnly || volume.readOnly) && { readOnly: true }),
      ...(mountPropagation && { propagation: mountPropagation as NonNullable<Mount['propagation']> }),
    })
  }
  return mounts
}

/** A file that the kubelet writes for a container: made with its directory, as a mount. */
export async function fileMount(hostPath: string, containerPath: string, content: string, mode: number): Promise<Mount> {
  await mkdir(dirname(hostPath), { recursive: true })
  await writeFile(hostPath, content)
  // Whatever this process's umask is.
  await chmod(hostPath, mode)
  return { hostPath, containerPath }
}

/** A path below a volume that does not lead out of it, not even by links. */
async function inside(volume: string, below: string, container: string): Promise<string> {
  const refused = (): Error => new Error(`failed to prepare subPath for volumeMount "${below}" of container "${container}"`)
  if (below.startsWith('/')) throw new Error(`error SubPath \`${below}\` must not be an absolute path`)
  if (below.split('/').includes('..')) throw new Error(`unable to provision SubPath \`${below}\`: must not contain '..'`)
  const root = await realpath(volume)
  const wanted = join(root, below)
  const contains = (path: string): boolean => path === root || path.startsWith(root + sep)
  let nearest = wanted
  while (!(await exists(nearest))) nearest = dirname(nearest)
  if (!contains(await realpath(nearest))) throw refused()
  if (nearest !== wanted) {
    await mkdir(wanted, { recursive: true, mode: 0o750 })
    // Who may write into the volume may write here.
    await chmod(wanted, (await stat(root)).mode & 0o777)
  }
  const real = await realpath(wanted)
  if (!contains(real)) throw refused()
  return real
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

function expandStrictly(text: string, variables: readonly Variable[]): string {
  const missing: string[] = []
  const filled = expand(text, name => variables.find(each => each.name === name)?.value ?? void missing.push(name))
  if (missing.length > 0) throw new Error(`missing value for "${missing[0]}"`)
  return filled
}
