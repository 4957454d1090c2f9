import { chmod, chown, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A file of a volume, at its path within it. */
export interface Projection {
  readonly data: Uint8Array
  readonly mode: number
  /** Who owns it instead of root. */
  readonly user?: number
}

const dataLink = '..data'

/**
 * Makes the files of a directory exactly these, all at once: they lie in a directory of their own that `..data` points to,
 * and moving that link is the change. Who reads sees all of the old or all of the new. Does nothing where nothing changed.
 */
export async function writeAtomically(directory: string, files: ReadonlyMap<string, Projection>, group?: number): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o777 })
  const before = await readlink(join(directory, dataLink)).catch(() => undefined)
  if (before && (await isSame(join(directory, before), files))) return
  const next = await mkdtemp(`${directory}/..version-`)
  await chmod(next, 0o755)
  for (const [path, projection] of files) await put(next, path, projection, group)
  if (group !== undefined) await give(directory, next, group)
  const name = next.slice(directory.length + 1)
  await symlink(name, join(directory, '..data_tmp'))
  await rename(join(directory, '..data_tmp'), join(directory, dataLink))
  await showFiles(directory, files)
  if (before) await rm(join(directory, before), { recursive: true, force: true })
}

async function put(root: string, path: string, { data, mode, user }: Projection, group: number | undefined): Promise<void> {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true, mode: 0o755 })
  await writeFile(file, data)
  const readable = group === undefined ? mode : mode | 0o440
  if (user !== undefined || group !== undefined) await chown(file, user ?? 0, group ?? 0)
  await chmod(file, readable)
}

async function give(directory: string, next: string, group: number): Promise<void> {
  for (const each of [directory, next]) {
    await chown(each, 0, group)
    await chmod(each, 0o2775)
  }
}

/** The first part of every path is a link into `..data`; links to what is no longer there go. */
async function showFiles(directory: string, files: ReadonlyMap<string, Projection>): Promise<void> {
  const wanted = new Set(Array.from(files.keys(), path => path.split('/')[0]!))
  const there = (await readdir(directory)).filter(name => !name.startsWith('..'))
  for (const name of there) if (!wanted.has(name)) await rm(join(directory, name), { recursive: true, force: true })
  for (const name of wanted) if (!there.includes(name)) await symlink(join(dataLink, name), join(directory, name))
}

async function isSame(directory: string, files: ReadonlyMap<string, Projection>): Promise<boolean> {
  try {
    const names = await readdir(directory, { recursive: true, withFileTypes: true })
    if (names.filter(each => each.isFile()).length !== files.size) return false
    for (const [path, { data, mode }] of files) {
      const file = join(directory, path)
      if (((await stat(file)).mode & mode) !== mode || !(await readFile(file)).equals(data)) return false
    }
    return true
  } catch {
    return false
  }
}
