import { access, readdir, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'

/** Every kubectl of this machine: the one on PATH, and those that lie beside it under names like kubectl.1.30. */
export async function everyKubectl(): Promise<string[]> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = join(folder, 'kubectl')
    if (
      !(await access(found).then(
        () => true,
        () => false,
      ))
    )
      continue
    const home = dirname(await realpath(found))
    const others = (await readdir(home)).filter(name => /^kubectl\.\d+\.\d+$/.test(name))
    return [found, ...others.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map(name => join(home, name))]
  }
  return []
}
