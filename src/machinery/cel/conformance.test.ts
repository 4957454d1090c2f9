import assert from 'node:assert/strict'
import { tests } from '@bufbuild/cel-spec/testdata/conformance.js'
import { Budget } from './budget.ts'
import { check } from './checker.ts'
import { equals } from './compare.ts'
import { functions } from './functions/index.ts'
import { parse } from './parser.ts'
import { plan } from './plan.ts'
import { dyn } from './type.ts'
import { EntryMap, EvaluationError, TypeValue, Uint, type Value } from './value.ts'

/** A value as the suite writes it: one of these. */
interface Written {
  readonly nullValue?: null
  readonly boolValue?: boolean
  readonly int64Value?: string
  readonly uint64Value?: string
  readonly doubleValue?: number | string
  readonly stringValue?: string
  readonly bytesValue?: string
  readonly typeValue?: string
  readonly listValue?: { readonly values?: readonly Written[] }
  readonly mapValue?: { readonly entries?: readonly { readonly key: Written; readonly value: Written }[] }
}

interface Case {
  readonly name?: string
  readonly expr: string
  readonly disableCheck?: boolean
  readonly checkOnly?: boolean
  readonly bindings?: Readonly<Record<string, { readonly value: Written }>>
  readonly value?: Written
  readonly typedResult?: object
  readonly evalError?: object
}

interface Suite {
  readonly name: string
  readonly suites?: readonly Suite[]
  readonly tests?: readonly { readonly original: Case }[]
}

/** What the specification has and Kubernetes' expressions have not: protobuf, containers, and libraries that are not there. */
const absent =
  /^(proto[23].*|enums|wrappers|dynamic|.*_wrapper|struct_field_names|type_parameters|(bindings|block|encoders|math)_ext)$/

/** The same of single cases; and that an index of a list may turn out to be a double, which this does not take. */
const outside =
  /%(\.6)?e|1052\.03|%[df]".format\(\[double|format\(\[(dyn\()?[[{]|"%d".format\(\[double|TestAllTypes|google\.protobuf|\bmsg\b|^y$|^fn\(|\[dyn\(0(\.0|u)\)\]/
const isOutside = ({ expr, bindings }: Case): boolean =>
  outside.test(expr) || JSON.stringify(bindings ?? {}).includes('objectValue')

function celValue(written: Written): Value {
  const { boolValue, int64Value, uint64Value, doubleValue, stringValue, bytesValue, typeValue, listValue, mapValue } = written
  if (boolValue !== undefined) return boolValue
  if (int64Value !== undefined) return BigInt(int64Value)
  if (uint64Value !== undefined) return new Uint(BigInt(uint64Value))
  if (doubleValue !== undefined) return Number(doubleValue)
  if (stringValue !== undefined) return stringValue
  if (bytesValue !== undefined) return Buffer.from(bytesValue, 'base64')
  if (typeValue !== undefined) return new TypeValue(typeValue)
  if (listValue) return (listValue.values ?? []).map(celValue)
  assert.ok(mapValue || 'nullValue' in written, `a message: ${JSON.stringify(written)}`)
  if (!mapValue) return null
  const map = new EntryMap()
  for (const { key, value } of mapValue.entries ?? []) map.insert(celValue(key), celValue(value))
  return map
}

function evaluate({ expr, bindings = {}, disableCheck, checkOnly }: Case): Value | undefined {
  const expression = parse(expr)
  const names = Object.keys(bindings)
  const checked = disableCheck ? undefined : check(expression, Object.fromEntries(names.map(name => [name, dyn])), functions)
  if (checked?.problems[0]) throw new EvaluationError(checked.problems[0].message)
  if (checkOnly) return undefined
  const { step, slots, size } = plan(expression, names, functions, checked?.meant)
  const frame = { slots: new Array<Value | undefined>(size), budget: new Budget() }
  for (const [name, slot] of slots) frame.slots[slot] = celValue(bindings[name]!.value)
  return step(frame)
}

/** Why a case is not as it should be. */
function problemOf(test: Case): string | undefined {
  try {
    const found = evaluate(test)
    const wanted = test.value ? celValue(test.value) : true
    if (test.evalError) return `${String(found)} is no failure`
    if (test.checkOnly || test.typedResult || Object.is(found, wanted) || equals(found!, wanted)) return undefined
    return `${String(found)} is not ${JSON.stringify(test.value)}`
  } catch (error) {
    return test.evalError ? undefined : (error as Error).message
  }
}

describe('the conformance tests of CEL', () => {
  const add = ({ name, suites = [], tests = [] }: Suite, within: string): void => {
    if (absent.test(name)) return
    const path = within ? `${within}/${name}` : name
    for (const suite of suites) add(suite, path)
    const cases = tests.map(({ original }) => original).filter(test => !isOutside(test))
    if (cases.length > 0)
      it(`${path}: ${cases.length} of ${tests.length}`, () => {
        const problems = cases.map(test => [test.expr, problemOf(test)]).filter(([, problem]) => problem !== undefined)
        assert.deepEqual(problems, [])
      })
  }
  for (const suite of (tests as Suite).suites!) add(suite, '')
})
