import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Api } from './api.ts'
import { crashRounds } from './rounds.ts'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    /** Instead of crashing: mixed load for so many seconds, with compaction on. */
    soak: { type: 'string' },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const data = await mkdtemp(join(tmpdir(), 'pinnace-crash-'))
const api = await Api.on(data, values.soak ? ['--history', '1m'] : [])
console.log(`seed ${seed}`)
try {
  if (values.soak) {
    await api.start()
    await soak(api, { seconds: Number(values.soak), seed }, sample => console.log(sample))
  } else console.log(await crashRounds(api, { rounds: Number(values.rounds), seed, tell: line => console.log(line) }))
  await api.end()
  await rm(data, { recursive: true })
} catch (error) {
  console.error(error)
  console.error(`what is left of it lies in ${data}`)
  await api.end()
  process.exitCode = 1
}
process.exit()
