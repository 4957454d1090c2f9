import { parseArgs } from 'node:util'

const { values } = parseArgs({
  args: process.argv.slice(2),
  strict: false,
  options: { grep: { type: 'string', short: 'g' }, fgrep: { type: 'string', short: 'f' } },
})

/** Whether mocha will run a test of this title: it cannot be asked, so its own arguments are read. */
export function isAskedFor(title: string): boolean {
  if (typeof values.fgrep === 'string') return title.includes(values.fgrep)
  return typeof values.grep !== 'string' || new RegExp(values.grep).test(title)
}
