import { qualified } from '#api/kind.ts'
import type { Admission, Place, Review, Settle } from './admission.ts'

/** A write before it has a name to be shown by. */
export type Arriving = Omit<Review, 'shown'>

/** The plugins that have a say in one place, hook by hook, in the order of the list. */
type Hooks = { readonly [hook in 'default' | 'mutate' | 'validate' | Taking]: readonly Admission[] }

/** The hooks that take something for a write. */
type Taking = 'allocate' | 'charge'

/** All admission plugins, sorted once by what they are about: a write passes those that concern it and knows of no other. */
export class Chain {
  readonly #plugins: readonly Admission[]
  readonly #places = new Map<string, Hooks>()

  constructor(plugins: readonly Admission[]) {
    this.#plugins = plugins
  }

  /**
   * Takes a write through the plugins, given the step that makes the object final. What is returned must be told what became
   * of the write; nothing, if nobody wants to know. Who has taken something for a write that is then refused is told here.
   */
  async admit(review: Arriving, finish: () => void): Promise<Settle | undefined> {
    const hooks = this.#hooksOf(review)
    const { metadata } = review.object ?? {}
    const early = { ...review, shown: (review.operation === 'CREATE' && metadata?.generateName) || review.key.name }
    for (const plugin of hooks.default) await plugin.default!(early)
    for (const plugin of hooks.mutate) await plugin.mutate!(early)
    const taken: Settle[] = []
    const settle: Settle = async made => {
      for (const each of taken) await each(made)
    }
    const take = async (hook: Taking, review: Review): Promise<void> => {
      for (const plugin of hooks[hook]) {
        const each = await plugin[hook]!(review)
        if (each) taken.push(each)
      }
    }
    try {
      await take('allocate', early)
      finish()
      const final = { ...review, shown: review.key.name }
      for (const plugin of hooks.validate) await plugin.validate!(final)
      await take('charge', final)
    } catch (error) {
      await settle(undefined)
      throw error
    }
    return taken.length > 0 ? settle : undefined
  }

  #hooksOf(place: Place): Hooks {
    const { resource, operation, subresource } = place
    const id = `${operation} ${qualified(resource.kind)}/${subresource}`
    let hooks = this.#places.get(id)
    if (!hooks) {
      const concerned = this.#plugins.filter(plugin => plugin.concerns?.(place) ?? true)
      const having = (hook: keyof Hooks): readonly Admission[] => concerned.filter(plugin => plugin[hook])
      hooks = {
        default: having('default'),
        mutate: having('mutate'),
        allocate: having('allocate'),
        validate: having('validate'),
        charge: having('charge'),
      }
      this.#places.set(id, hooks)
    }
    return hooks
  }
}
