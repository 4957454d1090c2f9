import { qualified } from '#api/kind.ts'
import type { Admission, Place, Review, Settle } from './admission.ts'

/** A write before it has a name to be shown by. */
export type Arriving = Omit<Review, 'shown'>

/** The plugins that have a say in one place, hook by hook, in the order of the list. */
type Hooks = { readonly [hook in 'default' | 'mutate' | 'validate' | 'charge']: readonly Admission[] }

/** All admission plugins, sorted once by what they are about: a write passes those that concern it and knows of no other. */
export class Chain {
  readonly #plugins: readonly Admission[]
  readonly #places = new Map<string, Hooks>()

  constructor(plugins: readonly Admission[]) {
    this.#plugins = plugins
  }

  /**
   * Takes a write through the plugins, given the step that makes the object final. What is returned must be told what became
   * of the write; nothing, if nobody wants to know. Who has charged for a write that is refused by another is told here.
   */
  async admit(review: Arriving, finish: () => void): Promise<Settle | undefined> {
    const hooks = this.#hooksOf(review)
    const { metadata } = review.object ?? {}
    const early = { ...review, shown: (review.operation === 'CREATE' && metadata?.generateName) || review.key.name }
    for (const plugin of hooks.default) await plugin.default!(early)
    for (const plugin of hooks.mutate) await plugin.mutate!(early)
    finish()
    if (hooks.validate.length === 0 && hooks.charge.length === 0) return undefined
    const final = { ...review, shown: review.key.name }
    for (const plugin of hooks.validate) await plugin.validate!(final)
    return hooks.charge.length > 0 ? charged(hooks.charge, final) : undefined
  }

  #hooksOf(place: Place): Hooks {
    const { resource, operation, subresource } = place
    const id = `${operation} ${qualified(resource.kind)}/${subresource}`
    let hooks = this.#places.get(id)
    if (!hooks) {
      const concerned = this.#plugins.filter(plugin => plugin.concerns?.(place) ?? true)
      const having = (hook: keyof Hooks): readonly Admission[] => concerned.filter(plugin => plugin[hook])
      hooks = { default: having('default'), mutate: having('mutate'), validate: having('validate'), charge: having('charge') }
      this.#places.set(id, hooks)
    }
    return hooks
  }
}

async function charged(plugins: readonly Admission[], review: Review): Promise<Settle> {
  const taken: Settle[] = []
  const settle: Settle = async made => {
    for (const each of taken) await each(made)
  }
  try {
    for (const plugin of plugins) {
      const each = await plugin.charge!(review)
      if (each) taken.push(each)
    }
    return settle
  } catch (error) {
    await settle(undefined)
    throw error
  }
}
