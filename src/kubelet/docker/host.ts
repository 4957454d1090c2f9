import { readFile } from 'node:fs/promises'
import { totalmem } from 'node:os'

/** What of the machine has a say in how containers run. */
export interface Host {
  readonly memoryBytes: number
  /** Nothing can be made less likely to be killed than this. */
  readonly lowestOomScore: number
}

const sysResource = 24n

/** This machine. Where processes may not lower their scores (some virtual machines and containers), ours is the lowest there can be. */
export async function host(): Promise<Host> {
  const status = await readFile('/proc/self/status', 'utf8')
  const capabilities = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)?.[1] ?? '0'}`)
  const mayLower = ((capabilities >> sysResource) & 1n) === 1n
  return {
    memoryBytes: totalmem(),
    lowestOomScore: mayLower ? -1000 : Number(await readFile('/proc/self/oom_score_adj', 'utf8')),
  }
}
