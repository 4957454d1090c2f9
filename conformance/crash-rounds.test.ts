import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Api } from './crash/api.ts'
import { crashRounds } from './crash/rounds.ts'

/** The short form of `hack/crash-rounds`. */
const rounds = 5

describe('kill -9 while many write and watch', function () {
  this.timeout(300_000)

  it(`loses nothing, gives out no revision twice and lets every watcher carry on, ${rounds} times over`, async () => {
    const data = await mkdtemp(join(tmpdir(), 'pinnace-crash-'))
    const api = await Api.on(data)
    try {
      const { answered, events } = await crashRounds(api, { rounds, seed: 1 })
      assert.ok(events >= answered / 2)
    } finally {
      await api.end()
      await rm(data, { recursive: true, force: true })
    }
  })
})
