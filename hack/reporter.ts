import { type MochaOptions, type Runner, reporters } from 'mocha'

/** Mocha's own report, and then the names of what was skipped and one line of sums that other programs read. */
export default class Report extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const skipped: string[] = []
    runner.on('pending', test => skipped.push(test.fullTitle()))
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {}
      process.once('exit', () => {
        for (const title of skipped) console.log(`skipped: ${title}`)
        console.log(`${passes} passed, ${failures} failed, ${pending} skipped`)
      })
    })
  }
}
