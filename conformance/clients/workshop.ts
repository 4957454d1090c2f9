import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { type Result, run } from '../program.ts'
import { built, type Command, type Program } from './programs.ts'

/** A first run fetches and compiles. */
const longestMs = 900_000
const attempt = ([program, ...args]: Command): Promise<Result> => run(program, args, { longestMs })

/** Where programs are made ready to be run, each once, whoever asks first. */
export class Workshop {
  readonly #fetched = new Map<Program, Promise<string | undefined>>()
  readonly #made = new Map<Program, Promise<string | undefined>>()

  /** Fetches a program's libraries: it waits for the network, and may go on beside anything. Gives why it cannot be run here. */
  fetch(program: Program): Promise<string | undefined> {
    const known = this.#fetched.get(program) ?? fetchFor(program)
    this.#fetched.set(program, known)
    return known
  }

  /** Builds it. Gives why it cannot be run here; throws if it does not compile. */
  make(program: Program): Promise<string | undefined> {
    const known = this.#made.get(program) ?? this.fetch(program).then(problem => problem ?? build(program))
    this.#made.set(program, known)
    return known
  }
}

async function build({ name, build: how }: Program): Promise<undefined> {
  if (!how) return undefined
  const { code, stdout, stderr } = await attempt(await how())
  if (code !== 0) throw new Error(`${name} does not compile:\n${stdout}${stderr}`)
  return undefined
}

/** Fetches libraries, unless the same were fetched before. Gives what went wrong. */
async function fetchFor({ name, toolchain, libraries }: Program): Promise<string | undefined> {
  for (const { ask, install } of toolchain) {
    const isThere = await attempt(ask).then(
      ({ code }) => code === 0,
      () => false,
    )
    if (!isThere) return `needs ${install}`
  }
  if (!libraries) return undefined
  const { listed, fetch } = libraries
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
