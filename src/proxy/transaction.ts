import type { Element, Piece } from './ruleset.ts'

/**
 * One atomic change of the table, written in the only order that holds together: what is referred to comes before what
 * refers to it, and what no longer refers to anything before that goes away.
 */
export class Transaction {
  readonly #table: string
  readonly #declare: string[] = []
  readonly #flush: string[] = []
  readonly #fill: string[] = []
  readonly #remove: Map<string, string[]> = new Map()
  readonly #insert: Map<string, string[]> = new Map()

  /** `table` with its family: `ip kube-proxy`. */
  constructor(table: string) {
    this.#table = table
  }

  chain(name: string, rules: readonly string[], fresh: boolean): void {
    if (fresh) this.#declare.push(`add chain ${this.#table} ${name}`)
    else this.empty(name)
    for (const rule of rules) this.#fill.push(`add rule ${this.#table} ${name} ${rule}`)
  }

  /** Takes a chain's rules away. The chain itself must stay for a while: see `Table`. */
  empty(name: string): void {
    this.#flush.push(`flush chain ${this.#table} ${name}`)
  }

  affinity(name: string): void {
    this.#declare.push(`add set ${this.#table} ${name} { type ipv4_addr; flags dynamic,timeout; }`)
  }

  dropAffinity(name: string): void {
    this.#flush.push(`delete set ${this.#table} ${name}`)
  }

  insert({ of, key, value }: Element): void {
    list(this.#insert, of).push(value ? `${key} : ${value}` : key)
  }

  remove({ of, key }: Element): void {
    list(this.#remove, of).push(key)
  }

  get empties(): boolean {
    return this.toString() === ''
  }

  toString(): string {
    const elements = (verb: string, of: Map<string, string[]>): string[] =>
      [...of].map(([name, keys]) => `${verb} element ${this.#table} ${name} { ${keys.join(', ')} }`)
    const flushes = this.#flush.toSorted((a, b) => Number(a.startsWith('delete')) - Number(b.startsWith('delete')))
    const removals = elements('delete', this.#remove)
    const insertions = elements('add', this.#insert)
    const lines = [...this.#declare, ...flushes, ...this.#fill, ...removals, ...insertions]
    return lines.map(line => `${line}\n`).join('')
  }
}

function list(map: Map<string, string[]>, key: string): string[] {
  let found = map.get(key)
  if (!found) map.set(key, (found = []))
  return found
}

interface Holders {
  readonly element: Element
  /** What each service port wants there: the first one wins. */
  readonly values: Map<string, string | undefined>
}

/** What the kernel's table holds, piece by piece, and what to write so that it holds something else. */
export class Contents {
  readonly #pieces: Map<string, Piece> = new Map()
  readonly #texts: Map<string, string> = new Map()
  readonly #affinity: Set<string> = new Set()
  readonly #holders: Map<string, Holders> = new Map()
  readonly #stale: Map<string, number> = new Map()

  /** Exchanges the piece of one service port for another one, or for nothing. */
  put(name: string, piece: Piece | undefined, transaction: Transaction, now: number): void {
    const before = this.#pieces.get(name)
    if (piece) this.#pieces.set(name, piece)
    else this.#pieces.delete(name)
    this.#chains(before, piece, transaction, now)
    this.#sets(before, piece, transaction)
    this.#elements(name, before, piece, transaction)
  }

  /**
   * The chains that have been empty for a second. Before Linux 6.2 the kernel takes a moment to notice that a map no
   * longer refers to a chain, and refuses to delete it until then.
   */
  sweep(now: number): string[] {
    const old = [...this.#stale].filter(([, since]) => since <= now - 1000).map(([chain]) => chain)
    for (const chain of old) this.#stale.delete(chain)
    return old
  }

  #chains(before: Piece | undefined, after: Piece | undefined, transaction: Transaction, now: number): void {
    for (const [chain, rules] of after?.chains ?? []) {
      const text = rules.join('\n')
      if (this.#texts.get(chain) === text) continue
      transaction.chain(chain, rules, !this.#texts.has(chain) && !this.#stale.has(chain))
      this.#texts.set(chain, text)
      this.#stale.delete(chain)
    }
    for (const chain of before?.chains.keys() ?? []) {
      if (after?.chains.has(chain)) continue
      transaction.empty(chain)
      this.#texts.delete(chain)
      this.#stale.set(chain, now)
    }
  }

  #sets(before: Piece | undefined, after: Piece | undefined, transaction: Transaction): void {
    for (const name of after?.affinity ?? []) {
      if (this.#affinity.has(name)) continue
      transaction.affinity(name)
      this.#affinity.add(name)
    }
    for (const name of before?.affinity ?? []) {
      if (after?.affinity.includes(name)) continue
      transaction.dropAffinity(name)
      this.#affinity.delete(name)
    }
  }

  #elements(owner: string, before: Piece | undefined, after: Piece | undefined, transaction: Transaction): void {
    const touched = new Map<string, { holders: Holders; was: string | undefined; there: boolean }>()
    const touch = (element: Element): Holders => {
      const id = `${element.of} ${element.key}`
      let holders = this.#holders.get(id)
      if (!holders) this.#holders.set(id, (holders = { element, values: new Map() }))
      if (!touched.has(id)) touched.set(id, { holders, was: first(holders), there: holders.values.size > 0 })
      return holders
    }
    for (const element of before?.elements ?? []) touch(element).values.delete(owner)
    for (const element of after?.elements ?? []) touch(element).values.set(owner, element.value)
    for (const [id, { holders, was, there }] of touched) {
      const here = holders.values.size > 0
      const is = first(holders)
      if (there && (!here || was !== is)) transaction.remove(holders.element)
      if (here && (!there || was !== is))
        transaction.insert({ of: holders.element.of, key: holders.element.key, ...(is !== undefined && { value: is }) })
      if (!here) this.#holders.delete(id)
    }
  }
}

const first = ({ values }: Holders): string | undefined => values.values().next().value
