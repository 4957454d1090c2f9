import { stripVTControlCharacters } from 'node:util'
import { type MochaOptions, type Runner, reporters } from 'mocha'

/**
 * Mocha's own report; and at the very end, where a log is read first, what failed and why in a few lines each (a hook's failure counts as
 * one), the names of what was skipped, and one line of sums that other programs read.
 */
export default class Report extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const skipped: string[] = []
    const failed: string[] = []
    runner.on('pending', test => skipped.push(test.fullTitle()))
    runner.on('fail', (test, error: unknown) => failed.push(`failed: ${test.fullTitle()}\n${reasonOf(error)}`))
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {}
      process.once('exit', () => {
        for (const title of skipped) console.log(`skipped: ${title}`)
        for (const failure of failed) console.log(failure)
        console.log(`${passes} passed, ${failures} failed, ${pending} skipped`)
      })
    })
  }
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
