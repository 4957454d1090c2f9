import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const dist = 'dist'

/** What stays a package of its own: native code, and what is only read (client-node's sentences) or rarely needed and large. */
const external = ['lmdb', 'dockerode', '@grpc/grpc-js', '@kubernetes/client-node']

/** What is CommonJS among the packages asks for Node's modules by `require`, which modules do not have. */
const banner = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);"

/** The program and the embedding API, in few files; what is imported late stays in files of its own, and is loaded late. */
async function bundle(): Promise<void> {
  const begun = new Date()
  const { outputFiles } = await build({
    entryPoints: { pinnace: 'src/cli/main.ts', index: 'src/index.ts' },
    outdir: dist,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external,
    banner: { js: banner },
    write: false,
  })
  await mkdir(join(dist, 'chunks'), { recursive: true })
  // Somebody may be starting just now: each file appears whole, and what refers to others after them.
  const staging = await mkdtemp(join(dist, 'staging-'))
  const entries = outputFiles.filter(({ path }) => dirname(path).endsWith(dist))
  for (const { path, contents } of [...outputFiles.filter(file => !entries.includes(file)), ...entries]) {
    const staged = join(staging, basename(path))
    await writeFile(staged, contents)
    await rename(staged, path)
  }
  await rm(staging, { recursive: true })
  await forgetOld(new Set(outputFiles.map(({ path }) => basename(path))), begun)
  // As old as the sources were read: who edits meanwhile is not forgotten.
  await utimes(join(dist, 'pinnace.js'), begun, begun)
}

const dayMs = 86_400_000

/** Takes away the chunks of earlier builds, but not at once: what was started from them still loads some. */
async function forgetOld(current: ReadonlySet<string>, now: Date): Promise<void> {
  for (const name of await readdir(join(dist, 'chunks'))) {
    const path = join(dist, 'chunks', name)
    if (!current.has(name) && now.getTime() - (await stat(path)).mtimeMs > dayMs) await rm(path)
  }
}

/** The declarations of the embedding API and of all that they mention, in `dist/types`, by paths that hold without our `#imports`. */
async function types(): Promise<void> {
  const all = await mkdtemp(join(dist, 'types-'))
  const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', '.', '--outDir', all]
  await promisify(execFile)('node_modules/.bin/tsc', flags)
  await rm(join(dist, 'types'), { recursive: true, force: true })
  const seen = new Set<string>()
  const take = async (file: string): Promise<void> => {
    if (seen.has(file)) return
    seen.add(file)
    const text = await readFile(join(all, file), 'utf8')
    const mentioned: string[] = []
    const rewritten = text.replaceAll(/(['"])([.#][^'"]*)\.ts\1/g, (_, quote: string, specifier: string) => {
      const target = specifier.startsWith('#') ? inSources(specifier) : join(dirname(file), specifier)
      mentioned.push(`${target}.d.ts`)
      const path = relative(dirname(file), target)
      return `${quote}${path.startsWith('.') ? path : `./${path}`}.js${quote}`
    })
    const to = join(dist, 'types', file)
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, rewritten)
    for (const each of mentioned) await take(each)
  }
  await take('src/index.d.ts')
  await rm(all, { recursive: true })
}

/** `#api/kind` → `src/api/kind` */
const inSources = (specifier: string): string => {
  const [layer, ...rest] = specifier.slice(1).split('/')
  return join(layer === 'openapi' ? '.' : 'src', layer!, ...rest)
}

await bundle()
if (process.argv[2] === 'package') await types()
