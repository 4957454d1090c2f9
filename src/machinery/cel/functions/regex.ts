import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { type Cost, type Overload, overload } from '#machinery/cel/overload.ts'
import { EvaluationError, type Value } from '#machinery/cel/value.ts'
import { sizeOf, tenth } from './costs.ts'

/** Loaded with the first pattern: a start is quicker without. */
const load = createRequire(import.meta.url)

/** Longer patterns take seconds to be understood. */
const longest = 4096

/** The patterns that were met lately; of those that are none, why. */
const known = new Map<string, RE2JS | EvaluationError>()
const remembered = 1000

/** A pattern of RE2, which no text keeps busy: JavaScript's own take exponential time for some. Throws EvaluationError for what is none. */
export function pattern(text: string): RE2JS {
  const found = lookUp(text)
  if (found instanceof EvaluationError) throw found
  return found
}

function lookUp(text: string): RE2JS | EvaluationError {
  const before = known.get(text)
  if (before) return before
  const found = understand(text)
  if (known.size >= remembered) known.clear()
  known.set(text, found)
  return found
}

function understand(text: string): RE2JS | EvaluationError {
  if (text.length > longest) return new EvaluationError('error parsing regexp: expression too large')
  try {
    return (load('re2js') as typeof import('re2js')).RE2JS.compile(text)
  } catch (error) {
    return new EvaluationError(`error parsing regexp: ${(error as Error).message.replace(/^error parsing regexp: /, '')}`)
  }
}

/** What it takes to understand a pattern that is made up as one goes. */
const understanding = 100

/** Upstream's guess is a state for every four characters of a pattern, but `x{1000}` has a thousand: what is beyond its length counts. */
const cost: Cost = ([text, expression]) => {
  const isNew = !known.has(expression as string)
  const found = lookUp(expression as string)
  const length = sizeOf(expression)
  const states = found instanceof EvaluationError ? length : found.programSize()
  const step = Math.ceil(Math.max(length * 0.25, states - length))
  return tenth(1 + sizeOf(text)) * step + (isNew ? understanding + states : 0)
}

function first(text: string, expression: string): string {
  const matcher = pattern(expression).matcher(text)
  return matcher.find() ? (matcher.group() ?? '') : ''
}

function every(text: string, expression: string, limit: bigint): string[] {
  const matcher = pattern(expression).matcher(text)
  const found: string[] = []
  while ((limit < 0n || found.length < limit) && matcher.find()) found.push(matcher.group() ?? '')
  return found
}

const matches = (text: string, expression: string): Value => pattern(expression).test(text)

/** Regular expressions (upstream: the language's `matches`, and library.Regex). */
export const regex: readonly Overload[] = [
  overload('string.matches(string): bool', matches, cost),
  overload('matches(string, string): bool', matches, cost),
  overload('string.find(string): string', first, cost),
  overload('string.findAll(string): list(string)', (text: string, expression: string) => every(text, expression, -1n), cost),
  overload('string.findAll(string, int): list(string)', every, cost),
]
