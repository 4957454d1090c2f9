import { writeFile } from 'node:fs/promises'
import { arch, cpus, loadavg, platform, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import type { Figure } from './benchmarks/benchmark.ts'
import { benchmarks } from './benchmarks/index.ts'
import { describe, table } from './benchmarks/report.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'string' } },
})
const unknown = positionals.filter(name => !benchmarks.some(each => each.name === name))
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}; there are: ${benchmarks.map(({ name }) => name).join(' ')}`)
  process.exit(2)
}

const machine = {
  date: new Date().toISOString(),
  node: process.version,
  system: `${platform()}/${arch()}`,
  cpus: `${cpus().length} × ${cpus()[0]?.model ?? '?'}`,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  loadAtStart: loadavg()[0],
}
/** What no group needs on a machine that works. */
const limitMs = 10 * 60_000
const options = { rounds: Number(values.rounds) }
const figures: Figure[] = []
for (const { name, run } of benchmarks) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  console.error(`${name} …`)
  const signal = AbortSignal.timeout(limitMs)
  try {
    for await (const figure of run({ ...options, signal })) {
      figures.push(figure)
      console.error(`  ${describe(figure)}`)
    }
  } catch (error) {
    process.exitCode = 1
    const missing = signal.aborted
      ? `took longer than ${limitMs / 60_000} minutes`
      : `${error instanceof Error ? error.message : error}`
    figures.push({ name, missing })
    console.error(error)
  }
}
console.log(table(figures, machine))
if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, options, figures }, null, 2)}\n`)
