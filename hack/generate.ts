import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FactsFile } from '#openapi/facts.ts'
import { typesOf } from './types.ts'

const root = join(import.meta.dirname, '..')
const factsFolder = join(root, 'openapi/facts')

const usage = `usage: hack/generate [--facts | --check]

Writes src/api/<group>/<version>.ts from openapi/facts.
  --facts   first reads the facts anew from Kubernetes' Go modules (needs Go; for a new Kubernetes version)
  --check   writes nothing; fails if a file would change
`

/** The generated files: their path in the tree, and their text. */
export function generated(): Map<string, string> {
  const files = new Map(
    readdirSync(factsFolder).map(name => [
      name.replace('.json', ''),
      JSON.parse(readFileSync(join(factsFolder, name), 'utf8')) as FactsFile,
    ]),
  )
  const stable = new Set(
    [...files.values()].filter(isStable).flatMap(({ group, kinds }) => kinds.map(({ kind }) => `${group} ${kind}`)),
  )
  const wanted = [...files].filter(
    ([, file]) => isStable(file) || (isBeta(file) && file.kinds.some(({ kind }) => !stable.has(`${file.group} ${kind}`))),
  )
  return new Map(wanted.map(([name, file]) => [`src/api/${name.replace('.', '/')}.ts`, typesOf(name.split('.')[0]!, file)]))
}

const isStable = (file: FactsFile): boolean => /^v\d+$/.test(file.version)
const isBeta = (file: FactsFile): boolean => file.version.includes('beta')

/** The generated files that are not in the tree as they should be. */
export const stale = (): string[] =>
  [...generated()]
    .filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    .map(([path]) => path)

function main(args: readonly string[]): number {
  if (args.some(arg => arg !== '--facts' && arg !== '--check')) {
    process.stderr.write(usage)
    return 2
  }
  if (args.includes('--facts')) execFileSync('go', ['run', '.', factsFolder], { cwd: join(root, 'hack/facts'), stdio: 'inherit' })
  const changed = stale()
  for (const path of changed) process.stdout.write(`${args.includes('--check') ? 'stale' : 'wrote'} ${path}\n`)
  if (args.includes('--check')) return changed.length > 0 ? 1 : 0
  const files = generated()
  for (const path of changed) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), files.get(path)!)
  }
  return 0
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
