import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { sender } from './https.ts'
import { discovered, type Listed } from './surface/discovered.ts'
import { sameInAll } from './surface/same.ts'
import { subject } from './surface/subject.ts'

/** How many kinds are tried at once. */
const abreast = 4

describe('an object of every kind', function () {
  this.timeout(600_000)
  const kubectl = clusterForSuite({ runtime: 'simulated' })

  it('is the same in JSON, YAML and protobuf, however it was written, read, listed, watched and patched', async () => {
    const ask = await sender(kubectl())
    const all = await discovered(ask)
    const stored = all.filter(({ name, verbs }) => !name.includes('/') && verbs.includes('create') && verbs.includes('get'))
    const hasStatus = ({ groupVersion, name }: Listed): boolean =>
      all.some(door => door.groupVersion === groupVersion && door.name === `${name}/status` && door.verbs.includes('update'))
    const wrong: string[] = []
    const left = stored.values()
    const work = async (): Promise<void> => {
      for (const each of left)
        await sameInAll(ask, subject(each), hasStatus(each)).catch(error => {
          wrong.push(`${each.groupVersion} ${each.name}: ${(error as Error).message}`)
        })
    }
    await Promise.all(Array.from({ length: abreast }, work))
    assert.deepEqual(wrong, [])
    assert.ok(stored.length > 40, `${stored.length} kinds`)
  })
})
