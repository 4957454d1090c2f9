import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Api } from './api.ts'
import { crashRounds } from './rounds.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string' } } })
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const data = await mkdtemp(join(tmpdir(), 'pinnace-crash-'))
const api = await Api.on(data)
console.log(`seed ${seed}`)
try {
  console.log(await crashRounds(api, { rounds: Number(values.rounds), seed, tell: line => console.log(line) }))
  await api.end()
  await rm(data, { recursive: true })
} catch (error) {
  console.error(error)
  console.error(`what is left of it lies in ${data}`)
  await api.end()
  process.exitCode = 1
}
process.exit()
