import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Benchmark } from './benchmark.ts'
import { Clients } from './clients.ts'
import { Ground } from './processes.ts'

/** From an EndpointSlice's change to nftables, in a network of its own, beside `nft` writing the same rule. */
export const services: Benchmark = {
  name: 'services',
  async *run({ rounds, signal }) {
    const problem = await networkProblem()
    if (problem) {
      yield { name: 'Service programming', missing: problem }
      return
    }
    for (const count of [1000, 10_000]) {
      await using ground = await Ground.make({ signal })
      const { firstMs, changeMs, floorMs } = await new Clients(ground, { isolated: true }).do('programServices', {
        services: count,
        rounds,
      })
      const name = `EndpointSlice to nftables, ${count} Services`
      yield { name, unit: 'ms', better: 'less', rounds: changeMs, floor: floorMs }
      yield { name: `proxy's start to the whole table, ${count} Services`, unit: 'ms', better: 'less', rounds: [firstMs] }
    }
  },
}

async function networkProblem(): Promise<string | undefined> {
  try {
    await promisify(execFile)('unshare', ['--net', 'nft', 'add table ip probe'])
    return undefined
  } catch (error) {
    return `no network of its own with nftables (root on Linux): ${error instanceof Error ? error.message.split('\n')[0] : error}`
  }
}
