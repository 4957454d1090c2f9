/** What a writer wants of a key. No number: delete it. */
export interface Intent {
  readonly key: string
  readonly number?: number
}

/** How a key stands: the write it comes from, and its revision. */
export interface Standing {
  readonly number: number
  readonly revision: number
}

/**
 * What was asked, what was answered, and what is therefore possible. Each key has one writer; what nobody answered may have happened
 * or not, or happen yet: who writes leaves such a key alone until it is settled.
 */
export class Ledger {
  readonly #known = new Map<string, Standing>()
  readonly #open = new Map<string, Intent>()
  /** Of what is open, what had not happened when it was last looked at. */
  #late: ReadonlySet<Intent> = new Set()
  readonly #answered: (Intent & { readonly number: number; readonly revision: number })[] = []
  answers = 0
  undecided = 0
  happened = 0

  standing(key: string): Standing | undefined {
    return this.#known.get(key)
  }

  /** Whether it is not known how the key stands. */
  isOpen(key: string): boolean {
    return this.#open.has(key)
  }

  ask(intent: Intent): void {
    this.#open.set(intent.key, intent)
  }

  /** It was refused: nothing has happened. */
  refused({ key }: Intent): void {
    this.#open.delete(key)
  }

  /** It was done. A deletion tells no revision. */
  done({ key, number }: Intent, revision: number): void {
    this.answers++
    this.#open.delete(key)
    if (number === undefined) this.#known.delete(key)
    else {
      this.#known.set(key, { number, revision })
      this.#answered.push({ key, number, revision })
    }
  }

  /** Writes that were answered since this was last asked. */
  takeAnswered(): readonly { readonly key: string; readonly number: number; readonly revision: number }[] {
    return this.#answered.splice(0)
  }

  /**
   * Compares with what is there after trouble, and takes it over. Throws where an answered write is lost. What is open and has not
   * happened may happen until this is asked the next time: a request may have hung somewhere.
   */
  settle(present: ReadonlyMap<string, Standing>): void {
    for (const key of new Set([...this.#known.keys(), ...present.keys(), ...this.#open.keys()])) {
      const [known, open, is] = [this.#known.get(key), this.#open.get(key), present.get(key)]
      const asKnown = is?.number === known?.number && is?.revision === known?.revision
      const asOpen = open !== undefined && is?.number === open.number
      if (!asKnown && !asOpen)
        throw new Error(
          `${key}: ${text(known)} was answered${open ? `, ${open.number ?? 'a deletion'} asked` : ''}, but there is ${text(is)}`,
        )
      if (open && !this.#late.has(open)) this.undecided++
      if (!asKnown) this.happened++
      if (is) this.#known.set(key, is)
      else this.#known.delete(key)
      if (open && (!asKnown || this.#late.has(open))) this.#open.delete(key)
    }
    this.#late = new Set(this.#open.values())
  }
}

const text = (standing: Standing | undefined): string =>
  standing ? `write ${standing.number} at ${standing.revision}` : 'nothing'
