import { control, memberOf } from './control.ts'
import { type Call, type Entry, type Expression, type Fold, type Item, pathOf, type Select } from './expression.ts'
import { carriedIn, folding } from './fold.ts'
import { calleeOf, type Functions, isOf, type Overload } from './overload.ts'
import { noOverload, type Step } from './step.ts'
import { typeNames } from './type-of.ts'
import { EntryMap, EvaluationError, Optional, TypeValue, type Value } from './value.ts'

/** An expression ready to be evaluated, as often as one likes. */
export interface Plan {
  readonly step: Step
  /** The place of each variable. */
  readonly slots: ReadonlyMap<string, number>
  /** How many places an evaluation needs. */
  readonly size: number
}

/** Plans an evaluation: names become places. `meant`: the overloads that each call may mean; default: all of its name. */
export function plan(
  expression: Expression,
  variables: readonly string[],
  functions: Functions,
  meant: ReadonlyMap<Call, readonly Overload[]> = new Map(),
): Plan {
  const planner = new Planner(functions, meant)
  const slots = new Map(variables.map(name => [name, planner.slot()]))
  return { step: planner.step(expression, slots), slots, size: planner.slot() }
}

type Scope = ReadonlyMap<string, number>

/** Upstream's figures (cel-go: common/cost.go). */
const costs = { name: 1, select: 1, list: 10, map: 30 }

class Planner {
  readonly #functions: Functions
  readonly #meant: ReadonlyMap<Call, readonly Overload[]>
  #size = 0

  constructor(functions: Functions, meant: ReadonlyMap<Call, readonly Overload[]>) {
    this.#functions = functions
    this.#meant = meant
  }

  /** A place that is nobody's yet. */
  slot(): number {
    return this.#size++
  }

  step(expression: Expression, scope: Scope): Step {
    switch (expression.kind) {
      case 'literal': {
        const { value } = expression
        return () => value
      }
      case 'name':
        return named(expression.name, scope)
      case 'select':
        return this.#select(expression, scope)
      case 'call':
        return this.#call(expression, scope)
      case 'list':
        return this.#list(expression.items, scope)
      case 'map':
        return this.#map(expression.entries, scope)
      case 'fold':
        return this.#fold(expression, scope)
    }
  }

  #select(select: Select, scope: Scope): Step {
    const { target, field, mode } = select
    const path = pathOf(select)
    if (path !== undefined && scope.has(path)) return named(path, scope)
    const of = this.step(target, scope)
    return frame => {
      const value = of(frame)
      const isOptional = value instanceof Optional
      const member = memberOf(isOptional ? value.value : value, field)
      if (mode === 'test') return member !== undefined
      frame.budget.spend(costs.select)
      if (isOptional || mode === 'optional') return new Optional(member)
      if (member === undefined) throw new EvaluationError(`no such key: ${field}`)
      return member
    }
  }

  #call(call: Call, scope: Scope): Step {
    const own = control.get(call.name)
    const { name, isMember } = calleeOf(call, scope, this.#functions)
    const given = (isMember ? [call.target!, ...call.args] : call.args).map(each => this.step(each, scope))
    if (own) return own.plan(given)
    const candidates = this.#meant.get(call) ?? this.#functions.get(name)?.filter(each => each.isMember === isMember) ?? []
    return frame => {
      const values = given.map(step => step(frame))
      const found = candidates.find(
        ({ takes }) => takes.length === values.length && takes.every((type, at) => isOf(type, values[at]!)),
      )
      if (!found) throw noOverload()
      frame.budget.spend(found.cost?.(values) ?? 1)
      return found.call(...(values as never[]))
    }
  }

  #list(items: readonly Item[], scope: Scope): Step {
    const planned = items.map(({ value, isOptional }) => valueOr(this.step(value, scope), isOptional))
    return frame => {
      frame.budget.spend(costs.list)
      return planned.map(step => step(frame)).filter(value => value !== undefined)
    }
  }

  #map(entries: readonly Entry[], scope: Scope): Step {
    const planned = entries.map(({ key, value, isOptional }) => ({
      key: this.step(key, scope),
      value: valueOr(this.step(value, scope), isOptional),
    }))
    return frame => {
      frame.budget.spend(costs.map)
      const made = new EntryMap()
      for (const entry of planned) {
        const key = entry.key(frame)
        const value = entry.value(frame)
        if (value !== undefined) made.insert(key, value)
      }
      return made
    }
  }

  #fold({ range, variable, second, carried, initial, condition, step, result }: Fold, scope: Scope): Step {
    const after = new Map(scope).set(carried, this.slot())
    const inner = new Map(after).set(variable, this.slot())
    if (second !== undefined) inner.set(second, this.slot())
    return folding({
      range: this.step(range, scope),
      initial: this.step(initial, scope),
      condition: this.step(condition, inner),
      step: this.step(step, inner),
      result: this.step(result, after),
      first: inner.get(variable)!,
      second: second === undefined ? undefined : inner.get(second)!,
      carried: after.get(carried)!,
    })
  }
}

function named(name: string, scope: Scope): Step {
  const slot = scope.get(name)
  if (slot !== undefined)
    return frame => {
      frame.budget.spend(costs.name)
      return carriedIn(frame, slot)
    }
  const type = typeNames.has(name) ? new TypeValue(name) : undefined
  return () => {
    if (type) return type
    throw new EvaluationError(`no such attribute(s): ${name}`)
  }
}

/** The value of an entry, or nothing where an optional one holds nothing. */
function valueOr(step: Step, isOptional: boolean): (...frame: Parameters<Step>) => Value | undefined {
  if (!isOptional) return step
  return frame => {
    const value = step(frame)
    if (value instanceof Optional) return value.value
    throw new EvaluationError('cannot initialize optional entry from non-optional value')
  }
}
