/**
 * Group commit: what is handed in while one group is being committed makes up the next one.
 * Guarantees: one commit at a time, items in the order of their arrival. A commit that throws fails its own group only.
 */
export class Groups<Item, Result> {
  readonly #commit: (items: readonly Item[]) => Promise<readonly Result[]>
  #waiting: { readonly item: Item; readonly result: PromiseWithResolvers<Result> }[] = []
  #busy: Promise<void> | undefined

  constructor(commit: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#commit = commit
  }

  /** Resolves when the item's group is committed. */
  add(item: Item): Promise<Result> {
    const result = Promise.withResolvers<Result>()
    this.#waiting.push({ item, result })
    this.#busy ??= this.#work()
    return result.promise
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#busy
  }

  async #work(): Promise<void> {
    while (true) {
      // Whoever was answered in this turn, or wakes up in it, shall come along with the next group.
      await new Promise(setImmediate)
      const group = this.#waiting
      this.#waiting = []
      if (group.length === 0) break
      try {
        const results = await this.#commit(group.map(each => each.item))
        for (const [at, each] of group.entries()) each.result.resolve(results[at]!)
      } catch (error) {
        for (const each of group) each.result.reject(error)
      }
    }
    this.#busy = undefined
  }
}
