import { dyn, type Type, typeText } from './type.ts'

/** Which types stand for the parameters of generic ones, as far as it is known. */
export class Bindings {
  readonly #bound = new Map<string, Type>()
  /** What is bound, in the order in which it was. */
  readonly #trail: string[] = []
  #count = 0

  /** A parameter that is nobody else's. */
  fresh(): Type {
    return { kind: 'param', name: `_var${this.#count++}` }
  }

  /** Carries out an attempt: if it fails, nothing is concluded from it. */
  attempt(isIt: () => boolean): boolean {
    const before = this.#trail.length
    const succeeds = isIt()
    if (!succeeds) for (const name of this.#trail.splice(before)) this.#bound.delete(name)
    return succeeds
  }

  /** Whether a value of the one type may stand where the other is wanted; what follows for parameters is kept. */
  assignable(wanted: Type, given: Type): boolean {
    const [to, from] = [this.#resolved(wanted), this.#resolved(given)]
    if (to.kind === 'param') return this.#bind(to.name, from)
    if (from.kind === 'param') return this.#bind(from.name, to)
    if (isUnknown(to) || isUnknown(from)) return true
    if (from.kind === 'null_type') return nullable.has(to.kind)
    if (to.kind !== from.kind) return false
    if (to.kind === 'type') return true
    if (to.kind === 'map' && from.kind === 'map') return this.assignable(to.key, from.key) && this.assignable(to.of, from.of)
    if ('of' in to && 'of' in from) return this.assignable(to.of, from.of)
    return 'name' in to && 'name' in from ? to.name === from.name : true
  }

  /** The type with every parameter replaced; what is still open may be anything. */
  settled(type: Type): Type {
    const found = this.#resolved(type)
    if (found.kind === 'param') return dyn
    if (found.kind === 'map') return { ...found, key: this.settled(found.key), of: this.settled(found.of) }
    return 'of' in found ? { ...found, of: this.settled(found.of) } : found
  }

  /** A signature's types, with parameters of their own. */
  instance(types: readonly Type[]): Type[] {
    const own = new Map<string, Type>()
    const renamed = (type: Type): Type => {
      if (type.kind === 'param') {
        const found = own.get(type.name) ?? this.fresh()
        own.set(type.name, found)
        return found
      }
      if (type.kind === 'map') return { ...type, key: renamed(type.key), of: renamed(type.of) }
      return 'of' in type ? { ...type, of: renamed(type.of) } : type
    }
    return types.map(renamed)
  }

  #resolved(type: Type): Type {
    let found = type
    while (found.kind === 'param') {
      const next = this.#bound.get(found.name)
      if (!next) break
      found = next
    }
    return found
  }

  #bind(name: string, type: Type): boolean {
    if (type.kind === 'param' && type.name === name) return true
    if (this.#contains(type, name)) return false
    this.#bound.set(name, type)
    this.#trail.push(name)
    return true
  }

  #contains(type: Type, name: string): boolean {
    const found = this.#resolved(type)
    if (found.kind === 'param') return found.name === name
    if (found.kind === 'map' && this.#contains(found.key, name)) return true
    return 'of' in found && this.#contains(found.of, name)
  }
}

const nullable = new Set<Type['kind']>(['null_type', 'object', 'opaque', 'timestamp', 'duration', 'optional'])

/** Whether it is found out only at run time what a value is. */
export const isUnknown = ({ kind }: Type): boolean => kind === 'dyn' || kind === 'any'

/** Whether two types are the same. */
export const isSame = (a: Type, b: Type): boolean => typeText(a) === typeText(b)
