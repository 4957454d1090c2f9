import { writeFileSync } from 'node:fs'
import { isAskedFor } from './asked.ts'
import { type Entry, ratchet, ratchetFile, titleOf, upstreamTests } from './list.ts'
import { type Body, Missing, type Outcome, Site } from './site.ts'
import { type State, table } from './table.ts'

const entries = upstreamTests()
const mustPass = ratchet()
const isWanted = (entry: Entry): boolean => isAskedFor(titleOf(entry))

/** What became of each test that there is here. */
const states = new Map<string, State>()

// Its history is short, or tests of what is too old would take ten minutes.
const simulated = new Site({ runtime: 'simulated', nodes: 3, history: '40s' }, 6)
const real = new Site({ runtime: 'docker' }, 6)
const siteOf = (entry: Entry): Site => (/^[23]/.test(entry.class) ? real : simulated)

export interface Conditions {
  /** They change what other tests rely on, such as nodes. */
  readonly alone?: boolean
}

/**
 * The tests of one of upstream's areas, by upstream's names. Which cluster they get follows from their class. One that fails is red in
 * the table; it fails the run only if the ratchet says that it has passed before.
 */
export function conformance(
  sig: string,
  area: string,
  tests: Readonly<Record<string, Body>>,
  { alone = false }: Conditions = {},
): void {
  describe(`[${sig}] ${area}`, function () {
    this.timeout(0)
    for (const [name, body] of Object.entries(tests)) {
      const title = titleOf({ sig, area, name })
      const entry = entries.get(title)
      if (!entry) throw new Error(`upstream has no conformance test "${title}"`)
      if (states.has(title)) throw new Error(`"${title}" is there twice`)
      states.set(title, 'skipped')
      if (!isWanted(entry)) continue
      const outcome = siteOf(entry).queue(body, alone)
      it(name, async function () {
        for (const site of [simulated, real]) if (site.isWanted) void site.begin().catch(() => {})
        await siteOf(entry)
          .begin()
          .catch(error => (error instanceof Missing ? this.skip() : Promise.reject(error)))
        settle.call(this, title, await outcome)
      })
    }
  })
}

function settle(this: Mocha.Context, title: string, { state, error, ms }: Outcome): void {
  states.set(title, state)
  if (state === 'passed') return
  if (error) error.message = briefly(error.message)
  if (mustPass.has(title)) throw error
  console.log(`      red after ${ms} ms: ${error?.message}\n        ${whereOf(error)}`)
  this.skip()
}

/** The beginning and the end of a text. */
function briefly(text: string): string {
  const lines = text.split('\n').map(line => line.slice(0, 300))
  return (lines.length > 20 ? [...lines.slice(0, 12), '…', ...lines.slice(-7)] : lines).join('\n')
}

/** The line of the test itself. */
const whereOf = (error: Error | undefined): string =>
  (error?.stack?.split('\n').find(line => line.includes('.test.ts')) ?? error?.stack?.split('\n')[1] ?? '').trim()

after(async function () {
  this.timeout(0)
  await Promise.all([simulated.end(), real.end()])
  if (process.env.PINNACE_CONFORMANCE_UPDATE) {
    const kept = Array.from(mustPass).filter(title => states.get(title) === 'skipped')
    const passed = Array.from(states.keys()).filter(title => states.get(title) === 'passed')
    writeFileSync(ratchetFile, `${[...kept, ...passed].sort().join('\n')}\n`)
  }
  process.once('exit', () => console.log(`\n${table(entries.values().filter(isWanted), states)}\n`))
})
