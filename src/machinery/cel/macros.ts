import type { Call, Expression, Fold } from './expression.ts'
import { SyntaxProblem } from './problem.ts'

/** What a macro carries along; no variable of an expression can be called so. */
const carried = '@result'

type Macro = (call: Call, args: readonly Expression[]) => Expression | undefined

/** A call of a macro as what it stands for; any other call as it is. Throws SyntaxProblem for one whose variables are none. */
export function expanded(call: Call): Expression {
  const { target, name, args } = call
  if (!target) return name === 'has' && args.length === 1 ? has(args[0]!) : call
  const macro = Object.hasOwn(macros, `${name}/${args.length}`) ? macros[`${name}/${args.length}`] : undefined
  return macro?.(call, args) ?? call
}

function has(argument: Expression): Expression {
  if (argument.kind === 'select' && argument.mode === 'value') return { ...argument, mode: 'test' }
  throw new SyntaxProblem(argument.at, 'invalid argument to has() macro')
}

const macros: Readonly<Record<string, Macro>> = {
  'all/2': (of, [one, test]) => all(of, [one], test!),
  'all/3': (of, [one, two, test]) => all(of, [one, two], test!),
  'exists/2': (of, [one, test]) => exists(of, [one], test!),
  'exists/3': (of, [one, two, test]) => exists(of, [one, two], test!),
  'exists_one/2': (of, [one, test]) => existsOne(of, [one], test!),
  'existsOne/2': (of, [one, test]) => existsOne(of, [one], test!),
  'existsOne/3': (of, [one, two, test]) => existsOne(of, [one, two], test!),
  'map/2': (of, [one, value]) => listed(of, [one], undefined, value!),
  'map/3': (of, [one, test, value]) => listed(of, [one], test, value!),
  'filter/2': (of, [one, test]) => listed(of, [one], test, one!),
  'transformList/3': (of, [one, two, value]) => listed(of, [one, two], undefined, value!),
  'transformList/4': (of, [one, two, test, value]) => listed(of, [one, two], test, value!),
  'transformMap/3': (of, [key, two, value]) => mapped(of, [key, two], undefined, value!),
  'transformMap/4': (of, [key, two, test, value]) => mapped(of, [key, two], test, value!),
  'transformMapEntry/3': (of, [key, two, entry]) => merged(of, [key, two], undefined, entry!),
  'transformMapEntry/4': (of, [key, two, test, entry]) => merged(of, [key, two], test, entry!),
  'sortBy/2': (of, [one, key]) => sorted(of, one!, key!),
  'optMap/2': (of, [one, value]) => optional(of, one!, op(of.at, 'optional.of', value!)),
  'optFlatMap/2': (of, [one, value]) => optional(of, one!, value!),
}

const op = (at: number, name: string, ...args: Expression[]): Call => ({ kind: 'call', at, name, args })
const literal = (at: number, value: boolean | bigint): Expression => ({ kind: 'literal', at, value })
const named = (at: number, name: string): Expression => ({ kind: 'name', at, name })

function variableOf(expression: Expression | undefined): string {
  if (expression?.kind === 'name') return expression.name
  throw new SyntaxProblem(expression?.at ?? 0, 'argument must be a simple name')
}

function fold(
  { at, target }: Call,
  variables: readonly (Expression | undefined)[],
  rest: Pick<Fold, 'initial' | 'condition' | 'step' | 'result'>,
): Expression {
  const [variable, second] = variables.map(variableOf)
  if (variable === second) throw new SyntaxProblem(at, `duplicate variable name: ${variable}`)
  return { kind: 'fold', at, range: target!, variable: variable!, ...(second !== undefined && { second }), carried, ...rest }
}

type Variables = readonly (Expression | undefined)[]

/** `all` and `exists`: what the tests say together, until one of them decides it. */
const together =
  (initial: boolean, joins: '_&&_' | '_||_') =>
  (call: Call, variables: Variables, test: Expression): Expression => {
    const { at } = call
    const soFar = named(at, carried)
    return fold(call, variables, {
      initial: literal(at, initial),
      condition: op(at, '@not_strictly_false', initial ? soFar : op(at, '!_', soFar)),
      step: op(at, joins, soFar, test),
      result: soFar,
    })
  }
const all = together(true, '_&&_')
const exists = together(false, '_||_')

function existsOne(call: Call, variables: Variables, test: Expression): Expression {
  const { at } = call
  const count = named(at, carried)
  return fold(call, variables, {
    initial: literal(at, 0n),
    condition: literal(at, true),
    step: op(at, '_?_:_', test, op(at, '_+_', count, literal(at, 1n)), count),
    result: op(at, '_==_', count, literal(at, 1n)),
  })
}

/** A list or a map, to which something is added for each item that passes the test. */
function gathered(
  call: Call,
  variables: Variables,
  test: Expression | undefined,
  initial: Expression,
  added: (soFar: Expression) => Expression,
): Expression {
  const { at } = call
  const soFar = named(at, carried)
  return fold(call, variables, {
    initial,
    condition: literal(at, true),
    step: test ? op(at, '_?_:_', test, added(soFar), soFar) : added(soFar),
    result: soFar,
  })
}

const listed = (call: Call, variables: Variables, test: Expression | undefined, value: Expression): Expression =>
  gathered(call, variables, test, { kind: 'list', at: call.at, items: [] }, soFar => op(call.at, '@append', soFar, value))

const mapped = (call: Call, variables: Variables, test: Expression | undefined, value: Expression): Expression =>
  gathered(call, variables, test, { kind: 'map', at: call.at, entries: [] }, soFar =>
    op(call.at, '@insert', soFar, variables[0]!, value),
  )

const merged = (call: Call, variables: Variables, test: Expression | undefined, entries: Expression): Expression =>
  gathered(call, variables, test, { kind: 'map', at: call.at, entries: [] }, soFar => op(call.at, '@insertAll', soFar, entries))

function sorted({ at, name, target }: Call, one: Expression, key: Expression): Expression {
  const all = named(at, '@list')
  const keys = listed({ kind: 'call', at, name, target: all, args: [] }, [one], undefined, key)
  return letting(at, '@list', target!, op(at, '@sortedBy', all, keys))
}

/** A name for a value: a fold over nothing, that carries it. */
function letting(at: number, variable: string, value: Expression, result: Expression): Expression {
  return {
    kind: 'fold',
    at,
    range: { kind: 'list', at, items: [] },
    variable: '#unused',
    carried: variable,
    initial: value,
    condition: literal(at, false),
    step: named(at, variable),
    result,
  }
}

/** What is asked is named first: it would be asked twice, and in a chain of these twice as often each time. */
function optional({ at, target }: Call, variable: Expression, result: Expression): Expression {
  const asked = named(at, '@optional')
  const member = (name: string): Call => ({ kind: 'call', at, name, target: asked, args: [] })
  const bound = letting(at, variableOf(variable), member('value'), result)
  return letting(at, '@optional', target!, op(at, '_?_:_', member('hasValue'), bound, op(at, 'optional.none')))
}
