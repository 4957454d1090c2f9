import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { sender } from './https.ts'
import type { Cell } from './surface/cell.ts'
import { surface } from './surface/surface.ts'
import { table } from './surface/table.ts'

describe('every resource by every verb in every encoding', function () {
  this.timeout(300_000)
  const kubectl = clusterForSuite({ runtime: 'simulated' })
  let cells: Cell[]
  before(async () => {
    cells = await Array.fromAsync(surface(await sender(kubectl())))
  })

  it('is answered as upstream answers it, and nothing is missing that upstream serves', () => {
    const wrong = cells.filter(({ problem }) => problem !== undefined)
    assert.equal(wrong.length, 0, table(wrong))
    assert.ok(cells.length > 2500)
  })
})
