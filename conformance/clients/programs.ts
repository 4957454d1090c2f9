import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inHouse, type Result, run } from '../program.ts'
import { reconciler, tour, tourWithout } from './steps.ts'

type Command = readonly [program: string, ...args: string[]]

/** A client of one language, and how its program is made. */
export interface Program {
  readonly name: string
  /** What it has: there is no test of what a client lacks. */
  readonly steps: readonly string[]
  /** Says whether the toolchain is there, and what to install if not. */
  readonly toolchain: readonly { readonly ask: Command; readonly install: string }[]
  /** The file that says which libraries, in which versions; and the commands that fetch them when it has changed. */
  readonly libraries?: { readonly listed: string; readonly fetch: readonly Command[] }
  /** Makes the program of what was fetched. */
  readonly build?: () => Promise<Command>
  /** Runs it. */
  readonly start: Command
}

/** Where what is fetched and built lies; never committed. */
const built = (...path: string[]): string => inHouse(join('node_modules/.cache/conformance', ...path))
const here = (...path: string[]): string => inHouse(join('conformance/clients', ...path))

const python: Program = {
  name: 'Python',
  steps: tourWithout('protobuf'),
  toolchain: [
    {
      ask: ['python3', '-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'],
      install: 'Python 3.10 or later with venv (apt-get install python3-venv)',
    },
  ],
  libraries: {
    listed: here('python/requirements.txt'),
    fetch: [
      ['python3', '-m', 'venv', built('python')],
      [built('python/bin/pip'), 'install', '--quiet', '--requirement', here('python/requirements.txt')],
    ],
  },
  start: [built('python/bin/python'), '-B', here('python/tour.py')],
}

/** One of the two programs of the Go module. */
const go = (name: string, folder: string, steps: readonly string[]): Program => ({
  name,
  steps,
  toolchain: [{ ask: ['go', 'version'], install: 'Go 1.26 or later (https://go.dev/dl)' }],
  libraries: { listed: here('go/go.sum'), fetch: [['go', '-C', here('go'), 'mod', 'download']] },
  build: async () => ['go', '-C', here('go'), 'build', '-buildvcs=false', '-o', built('go/'), `./${folder}`],
  start: [built('go', folder)],
})

const java: Program = {
  name: 'Java',
  // Since its version 26 there is none in it.
  steps: tourWithout('leader election'),
  toolchain: [
    { ask: ['javac', '--release', '17', '--version'], install: 'a JDK, 17 or later (apt-get install openjdk-17-jdk-headless)' },
    { ask: ['mvn', '--version'], install: 'Maven (apt-get install maven)' },
  ],
  libraries: {
    listed: here('java/pom.xml'),
    fetch: [
      [
        'mvn',
        '--quiet',
        '--batch-mode',
        '-f',
        here('java'),
        'dependency:copy-dependencies',
        `-DoutputDirectory=${built('java/lib')}`,
      ],
    ],
  },
  build: async () => {
    const sources = await readdir(here('java/src'), { recursive: true })
    const files = sources.filter(file => file.endsWith('.java')).map(file => here('java/src', file))
    return ['javac', '--release', '17', '-cp', built('java/lib/*'), '-d', built('java/classes'), ...files]
  },
  start: ['java', '-cp', `${built('java/classes')}:${built('java/lib/*')}`, 'dev.pinnace.tour.Tour'],
}

const javascript: Program = {
  name: 'JavaScript',
  steps: tourWithout('leader election', 'protobuf'),
  toolchain: [],
  start: [process.execPath, here('javascript/tour.ts')],
}

export const programs: readonly Program[] = [
  javascript,
  python,
  go('Go', 'clientgo', tour),
  go('controller-runtime', 'reconciler', reconciler),
  java,
]

/** A first run fetches and compiles. */
const longestMs = 900_000
const attempt = ([program, ...args]: Command): Promise<Result> => run(program, args, { longestMs })

/** Why a program cannot run on this machine; nothing once it is there to be run. Throws if it does not compile. */
export async function prepare({ name, toolchain, libraries, build }: Program): Promise<string | undefined> {
  for (const { ask, install } of toolchain) {
    const isThere = await attempt(ask).then(
      ({ code }) => code === 0,
      () => false,
    )
    if (!isThere) return `needs ${install}`
  }
  const problem = libraries && (await fetchOnce(name, libraries))
  if (problem) return problem
  if (!build) return undefined
  const { code, stdout, stderr } = await attempt(await build())
  if (code !== 0) throw new Error(`${name} does not compile:\n${stdout}${stderr}`)
  return undefined
}

/** Fetches libraries, unless the same were fetched before. Gives what went wrong. */
async function fetchOnce(name: string, { listed, fetch }: NonNullable<Program['libraries']>): Promise<string | undefined> {
  const [stamp, wanted] = [built(`${name}.fetched`), await readFile(listed, 'utf8')]
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return undefined
  await mkdir(built(), { recursive: true })
  for (const command of fetch) {
    const { code, stdout, stderr } = await attempt(command)
    if (code !== 0) return `could not fetch its libraries: ${(stderr || stdout).trim().split('\n').at(-1)}`
  }
  await writeFile(stamp, wanted)
  return undefined
}
