import type { Answer, Send } from '../https.ts'
import type { Encoding } from './encodings.ts'

/** Sends one request to the server under test. */
export type Ask = (path: string, options?: Send) => Promise<Answer>

/** One request that was made: for which resource and verb, in which encoding, and what was wrong with the answer, if anything. */
export interface Cell {
  readonly resource: string
  readonly verb: string
  readonly encoding: string
  readonly problem: string | undefined
}

/** What an answer has to be. */
export interface Expected {
  readonly codes: readonly number[]
  readonly encoding: Encoding
  readonly kinds: readonly string[]
}

/** What is wrong with an answer; nothing if it is what was expected. */
export function problemOf(answer: Answer, { codes, encoding, kinds }: Expected): string | undefined {
  if (!codes.includes(answer.code)) return `${answer.code} ${answer.text.slice(0, 300)}`
  const kind = encoding.kindOf(answer)
  return kind !== undefined && kinds.includes(kind) ? undefined : `is ${kind} in ${answer.headers['content-type']}`
}
