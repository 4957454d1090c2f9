import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inHouse } from '../program.ts'
import { reconciler, tour, tourWithout } from './steps.ts'

export type Command = readonly [program: string, ...args: string[]]

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
export const built = (...path: string[]): string => inHouse(join('node_modules/.cache/conformance', ...path))
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
