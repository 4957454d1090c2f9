import { stripVTControlCharacters } from 'node:util'
import { type MochaOptions, type Runner, reporters } from 'mocha'

/**
 * Mocha's own report; and at the very end, where a log is read first, the suites that took longest, hooks included; what failed and why in a few lines each (a hook's failure counts as
 * one), the names of what was skipped, and one line of sums that other programs read.
 */
export default class Report extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const skipped: string[] = []
    const failed: string[] = []
    const times = new Map<string, number>()
    let began = 0
    runner.on('suite', ({ parent }) => {
      if (parent?.root) began = performance.now()
    })
    runner.on('suite end', ({ title, parent }) => {
      if (parent?.root) times.set(title, (times.get(title) ?? 0) + performance.now() - began)
    })
    runner.on('pending', test => skipped.push(test.fullTitle()))
    runner.on('fail', (test, error: unknown) => failed.push(`failed: ${test.fullTitle()}\n${reasonOf(error)}`))
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {}
      process.once('exit', () => {
        for (const line of slowest(times)) console.log(line)
        for (const title of skipped) console.log(`skipped: ${title}`)
        for (const failure of failed) console.log(failure)
        console.log(`${passes} passed, ${failures} failed, ${pending} skipped`)
      })
    })
  }
}

const [mostSlow, slowMs] = [25, 5000]

/** The suites that took more than a few seconds, the slowest first: where the time of a run is. */
export function slowest(times: ReadonlyMap<string, number>): string[] {
  const slow = [...times].filter(([, ms]) => ms >= slowMs).sort(([, a], [, b]) => b - a)
  return slow.slice(0, mostSlow).map(([title, ms]) => `took ${(ms / 1000).toFixed(0).padStart(4)} s: ${title}`)
}

const widest = 300
const [mostOfMessage, mostOfStack] = [12, 5]

/** What went wrong: the first lines of what was said, and of where. */
export function reasonOf(error: unknown): string {
  const { message = String(error), stack = '' } = error instanceof Error ? error : {}
  const where = stack.split('\n').filter(line => /^\s+at /.test(line))
  const lines = [...first(stripVTControlCharacters(message).split('\n'), mostOfMessage), ...where.slice(0, mostOfStack)]
  return lines.map(line => `    ${line.trim().slice(0, widest)}`).join('\n')
}

const first = (lines: readonly string[], most: number): readonly string[] =>
  lines.length > most ? [...lines.slice(0, most), '…'] : lines
