import type { Value } from './value.ts'

/** An expression that was read. `at`: where in the text, for what is said of it. */
export type Expression =
  | { readonly kind: 'literal'; readonly at: number; readonly value: Value }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | Select
  | Call
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Item[] }
  | { readonly kind: 'map'; readonly at: number; readonly entries: readonly Entry[] }
  | Fold

/** A field: its value (`target.field`), whether there is one (`has(target.field)`), or its value if there is one (`target.?field`). */
export interface Select {
  readonly kind: 'select'
  readonly at: number
  readonly target: Expression
  readonly field: string
  readonly mode: 'value' | 'test' | 'optional'
}

/** A function, or an operator by the name that upstream gives it: `_==_`. */
export interface Call {
  readonly kind: 'call'
  readonly at: number
  readonly name: string
  readonly target?: Expression
  readonly args: readonly Expression[]
}

/** What a list is made of; an optional item that holds nothing is left out. */
export interface Item {
  readonly value: Expression
  readonly isOptional: boolean
}

export interface Entry extends Item {
  readonly key: Expression
}

/** What macros come to: goes through a list or a map, and carries a result along. */
export interface Fold {
  readonly kind: 'fold'
  readonly at: number
  readonly range: Expression
  readonly variable: string
  /** With two variables the first is the index or the key. */
  readonly second?: string
  readonly carried: string
  readonly initial: Expression
  readonly condition: Expression
  readonly step: Expression
  readonly result: Expression
}

/** Every expression that one consists of, itself first. */
export function parts(expression: Expression): Expression[] {
  const found = [expression]
  for (const part of found) found.push(...childrenOf(part))
  return found
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'name':
      return []
    case 'select':
      return [expression.target]
    case 'call':
      return expression.target ? [expression.target, ...expression.args] : expression.args
    case 'list':
      return expression.items.map(({ value }) => value)
    case 'map':
      return expression.entries.flatMap(({ key, value }) => [key, value])
    case 'fold':
      return [expression.range, expression.initial, expression.condition, expression.step, expression.result]
  }
}

/** Whether such a field is read; `of`: of this variable. */
export const selects = (expression: Expression, field: string, of?: string): boolean =>
  parts(expression).some(
    part =>
      part.kind === 'select' &&
      part.field === field &&
      (of === undefined || (part.target.kind === 'name' && part.target.name === of)),
  )

/** How many expressions lie within one another. */
export function depthOf(expression: Expression): number {
  let depth = 0
  for (let level: readonly Expression[] = [expression]; level.length > 0; depth++) level = level.flatMap(childrenOf)
  return depth
}

/** `a.b.c`, where an expression is no more than that. */
export function pathOf(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name
  const path = expression.kind === 'select' && expression.mode === 'value' ? pathOf(expression.target) : undefined
  return path && `${path}.${(expression as Select).field}`
}
