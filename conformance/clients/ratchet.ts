import { readFileSync, writeFileSync } from 'node:fs'
import type { Outcome } from './outcome.ts'

const file = new URL('ratchet.txt', import.meta.url)

/** The steps that have passed, a line each: they may not fail any more. */
export const mustPass: ReadonlySet<string> = new Set(readFileSync(file, 'utf8').split('\n').filter(Boolean))

/** Writes down what passed; what was not tried stays as it was. */
export function update(outcomes: ReadonlyMap<string, Outcome>): void {
  const passed = Array.from(outcomes.keys()).filter(step => outcomes.get(step)?.state === 'ok')
  const kept = Array.from(mustPass).filter(step => (outcomes.get(step)?.state ?? 'skipped') === 'skipped')
  writeFileSync(file, `${[...kept, ...passed].sort().join('\n')}\n`)
}
