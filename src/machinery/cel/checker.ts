import { Bindings, isSame, isUnknown } from './bindings.ts'
import { control } from './control.ts'
import { type Call, type Expression, type Fold, type Item, pathOf, type Select } from './expression.ts'
import { calleeOf, type Functions, type Overload } from './overload.ts'
import type { Problem } from './problem.ts'
import { bool, dyn, int, list, map, optional, simple, type Type, typeText } from './type.ts'
import { typeNames, typeOf } from './type-of.ts'

/** What may be read, by its name. */
export type Variables = Readonly<Record<string, Type>>

/** What an expression was found to be. */
export interface Checked {
  readonly type: Type
  readonly problems: readonly Problem[]
  /** How each call may be meant: several, where it depends on what is met. */
  readonly meant: ReadonlyMap<Call, readonly Overload[]>
  /** The type of a part of it. */
  typeOf(part: Expression): Type
}

/** Finds out the type of an expression, and all that is wrong with it, in upstream's words (cel-go's checker). */
export function check(expression: Expression, variables: Variables, functions: Functions): Checked {
  const checker = new Checker(functions)
  const type = checker.check(expression, new Map(Object.entries(variables)))
  return {
    type: checker.settled(type),
    problems: checker.problems,
    meant: checker.meant,
    typeOf: part => checker.settled(checker.types.get(part) ?? dyn),
  }
}

type Scope = ReadonlyMap<string, Type>

class Checker {
  readonly problems: Problem[] = []
  readonly meant = new Map<Call, readonly Overload[]>()
  readonly types = new Map<Expression, Type>()
  readonly #functions: Functions
  readonly #bindings = new Bindings()

  constructor(functions: Functions) {
    this.#functions = functions
  }

  settled(type: Type): Type {
    return this.#bindings.settled(type)
  }

  check(expression: Expression, scope: Scope): Type {
    const type = this.#typeOf(expression, scope)
    this.types.set(expression, type)
    return type
  }

  #typeOf(expression: Expression, scope: Scope): Type {
    switch (expression.kind) {
      case 'literal':
        return simple[typeOf(expression.value)] ?? dyn
      case 'name':
        return this.#name(expression.at, expression.name, scope)
      case 'select':
        return this.#select(expression, scope)
      case 'call':
        return this.#call(expression, scope)
      case 'list':
        return list(this.#common(expression.items, scope))
      case 'map': {
        const key = this.#common(
          expression.entries.map(entry => ({ value: entry.key, isOptional: false })),
          scope,
        )
        return map(key, this.#common(expression.entries, scope))
      }
      case 'fold':
        return this.#fold(expression, scope)
    }
  }

  #refuse(at: number, message: string): Type {
    this.problems.push({ at, message })
    return dyn
  }

  #name(at: number, name: string, scope: Scope): Type {
    const found = scope.get(name)
    if (found) return found
    if (typeNames.has(name)) return { kind: 'type', of: simple[name] ?? dyn }
    return this.#refuse(at, `undeclared reference to '${name}' (in container '')`)
  }

  #select(select: Select, scope: Scope): Type {
    const { at, target, field, mode } = select
    const variable = scope.get(pathOf(select) ?? '')
    if (variable) return variable
    const of = this.settled(this.check(target, scope))
    const type = this.#field(at, of.kind === 'optional' ? of.of : of, field)
    if (mode === 'test') return bool
    return of.kind === 'optional' || mode === 'optional' ? optional(type) : type
  }

  #field(at: number, of: Type, field: string): Type {
    if (isUnknown(of)) return dyn
    if (of.kind === 'map') return of.of
    if (of.kind !== 'object') return this.#refuse(at, `type '${typeText(of)}' does not support field selection`)
    if (Object.hasOwn(of.fields, field)) return of.fields[field]!
    return this.#refuse(at, `undefined field '${field}'`)
  }

  /** The type of all that is listed; where they differ, it is seen when they are met. */
  #common(items: readonly Item[], scope: Scope): Type {
    let common: Type | undefined
    for (const { value, isOptional } of items) {
      const given = this.check(value, scope)
      const type = isOptional ? this.#within(value.at, given) : given
      if (common === undefined) common = type
      else if (!this.#bindings.attempt(() => this.#bindings.assignable(common!, type))) common = dyn
    }
    return common ?? this.#bindings.fresh()
  }

  #within(at: number, given: Type): Type {
    const inner = this.#bindings.fresh()
    if (!this.#bindings.assignable(optional(inner), given)) this.#mismatch(at, optional(inner), given)
    return inner
  }

  #mismatch(at: number, wanted: Type, given: Type): void {
    this.#refuse(at, `expected type '${typeText(this.settled(wanted))}' but found '${typeText(this.settled(given))}'`)
  }

  #call(call: Call, scope: Scope): Type {
    const { at, target, args } = call
    const { name, isMember } = calleeOf(call, scope, this.#functions)
    const given = (isMember ? [target!, ...args] : args).map(argument => this.check(argument, scope))
    const own = control.get(name)
    const candidates = own ? [own] : this.#functions.get(name)
    if (!candidates) return this.#refuse(at, `undeclared reference to '${name}' (in container '')`)
    const fitting = []
    let result: Type | undefined
    for (const candidate of candidates) {
      if (candidate.isMember !== isMember || candidate.takes.length !== given.length) continue
      const [gives, ...takes] = this.#bindings.instance([candidate.gives, ...candidate.takes])
      if (!this.#bindings.attempt(() => takes.every((type, index) => this.#bindings.assignable(type, given[index]!)))) continue
      fitting.push(candidate)
      result = result === undefined || isSame(this.settled(result), this.settled(gives!)) ? gives! : dyn
    }
    if (result === undefined) {
      const shown = given.map(type => typeText(this.settled(type)))
      const applied = isMember ? `${shown[0]}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`
      return this.#refuse(at, `found no matching overload for '${name}' applied to '${applied}'`)
    }
    if (!own) this.meant.set(call, fitting as Overload[])
    return result
  }

  #fold(fold: Fold, scope: Scope): Type {
    const carried = this.check(fold.initial, scope)
    const range = this.settled(this.check(fold.range, scope))
    const [first, second] = this.#variables(range, fold)
    const inner = new Map(scope).set(fold.variable, fold.second === undefined ? first : second[0])
    if (fold.second !== undefined) inner.set(fold.second, second[1])
    const result = new Map(scope).set(fold.carried, carried)
    inner.set(fold.carried, carried)
    this.#insist(fold.condition, bool, inner)
    this.#insist(fold.step, carried, inner)
    return this.check(fold.result, result)
  }

  /** What one variable goes through, and what two do. */
  #variables(range: Type, { at, range: { at: where } }: Fold): [Type, readonly [Type, Type]] {
    if (range.kind === 'list') return [range.of, [int, range.of]]
    if (range.kind === 'map') return [range.key, [range.key, range.of]]
    if (isUnknown(range)) return [dyn, [dyn, dyn]]
    this.#refuse(
      where || at,
      `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    )
    return [dyn, [dyn, dyn]]
  }

  #insist(expression: Expression, wanted: Type, scope: Scope): void {
    const given = this.check(expression, scope)
    if (!this.#bindings.assignable(wanted, given)) this.#mismatch(expression.at, wanted, given)
  }
}
