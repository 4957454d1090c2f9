import { run } from '../program.ts'
import type { Program } from './programs.ts'

/** What became of a step; `why` for one that was not taken or went wrong. */
export interface Outcome {
  readonly state: 'ok' | 'failed' | 'skipped'
  readonly why: string
}

/** A tour takes seconds; each of its steps gives up after a minute. */
const longestMs = 300_000

/** Runs a program, all of its steps or those that are asked for, and reads what it printed. */
export async function take(
  { start: [program, ...args] }: Program,
  kubeconfig: string,
  asked: readonly string[],
): Promise<(step: string) => Outcome> {
  const env = { KUBECONFIG: kubeconfig, CONFORMANCE_IMAGE: process.env.CONFORMANCE_IMAGE ?? 'pinnace-test/busybox:1' }
  const { code, stdout, stderr } = await run(program, [...args, ...asked], { env, longestMs })
  const lines = stdout.matchAll(/^(ok|failed|skipped) ([^:\n]+)(?:: (.*))?$/gm)
  const outcomes = new Map(
    lines.map(([, state, step, why = '']): [string, Outcome] => [step!, { state: state as Outcome['state'], why }]),
  )
  const never = `never taken: the program ended with ${code}: ${stderr.trim().split('\n').slice(-3).join(' ')}`
  return step => outcomes.get(step) ?? { state: 'failed', why: never }
}
