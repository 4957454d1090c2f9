import { spawn } from 'node:child_process'
import type { Clock } from '#machinery/clock.ts'
import type { Changes, Dataplane } from './dataplane.ts'
import type { Rule } from './rules.ts'
import { type Cidrs, pieceOf } from './ruleset.ts'
import { base } from './table.ts'
import { Contents, Transaction } from './transaction.ts'

export interface NftablesOptions {
  readonly cidrs: Cidrs
  readonly clock: Clock
  /** The name of the table in the family `ip`; no two proxies of one machine may share it. */
  readonly table?: string
  /** The program, with arguments to come before its own, e.g. to run it in another network namespace. */
  readonly command?: readonly string[]
}

const defaultCommand = ['nft']

/** Whether this machine lets us program nftables: the program is there and the kernel obeys. Otherwise, why not. */
export async function nftablesProblem(command: readonly string[] = defaultCommand): Promise<string | undefined> {
  try {
    await nft(command, ['-c', '-f', '-'], 'add table ip kube-proxy\n')
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The service network in the kernel, as kube-proxy's nftables mode lays it out. Writes only what differs, in one transaction. */
export function nftables({ cidrs, clock, table: name = 'kube-proxy', command = defaultCommand }: NftablesOptions): Dataplane {
  const table = `ip ${name}`
  const services = new Map<string, readonly Rule[]>()
  let contents: Contents | undefined

  const write = (text: string): Promise<void> => nft(command, ['-f', '-'], text)

  /** Deleting is not worth failing for: a chain that will not go now is empty and harms nobody. */
  async function sweep(now: number): Promise<void> {
    const chains = contents?.sweep(now) ?? []
    if (chains.length > 0) await write(chains.map(chain => `delete chain ${table} ${chain}\n`).join('')).catch(() => {})
  }

  return {
    name: 'nftables',

    async program(changes) {
      const now = clock.now().getTime()
      const transaction = new Transaction(table)
      const known = contents
      const next = known ?? new Contents()
      const names = (rules: readonly Rule[]): string[] => rules.map(portId)
      await sweep(now)
      const before = known ? namesOf(changes, services) : []
      for (const [service, rules] of changes) {
        if (rules.length > 0) services.set(service, rules)
        else services.delete(service)
      }
      const wanted = known ? [...changes.values()].flat() : [...services.values()].flat()
      const stay = new Set(names(wanted))
      for (const gone of before) if (!stay.has(gone)) next.put(gone, undefined, transaction, now)
      for (const rule of wanted) next.put(portId(rule), pieceOf(rule, cidrs), transaction, now)
      if (known && transaction.empties) return
      const start = known ? '' : `add table ${table}\ndelete table ${table}\ntable ${table} {${base(cidrs)}}\n`
      // What the kernel holds after a failure is not known, so the next call starts from nothing.
      contents = undefined
      await write(`${start}${transaction}`)
      contents = next
    },

    async remove() {
      contents = undefined
      await write(`add table ${table}\ndelete table ${table}\n`)
    },
  }
}

const portId = ({ name, protocol }: Rule): string => `${name}/${protocol}`

const namesOf = (changes: Changes, services: ReadonlyMap<string, readonly Rule[]>): string[] =>
  [...changes.keys()].flatMap(service => (services.get(service) ?? []).map(portId))

/** Hands a script to nft: as text, because its JSON mode wants to open its input a second time, which fails on a pipe. */
function nft([program, ...before]: readonly string[], args: readonly string[], script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, [...before, ...args], { stdio: ['pipe', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', text => (said += text))
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve() : reject(new Error(`nft: ${said.trim().slice(0, 2000) || `ended with ${code}`}`)),
    )
    // A program that ends before it has read everything says why on its error output.
    child.stdin.on('error', () => {}).end(script)
  })
}
