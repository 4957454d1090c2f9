/** What is wrong with an expression, and where in its text. */
export interface Problem {
  readonly at: number
  readonly message: string
}

/** An expression that means nothing, or not what it should. */
export class CompilationError extends Error {}

/** Problems as upstream lays them out: where, what, and the line with a mark beneath. */
export function compilationError(text: string, problems: readonly Problem[]): CompilationError {
  const inOrder = [...problems].sort((a, b) => a.at - b.at)
  return new CompilationError(`compilation failed: ${inOrder.map(problem => shown(text, problem)).join('\n')}`)
}

function shown(text: string, { at, message }: Problem): string {
  const before = text.slice(0, at).split('\n')
  const column = Array.from(before.at(-1)!).length
  const line = text.split('\n')[before.length - 1]!.replaceAll('\t', ' ')
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`
}

/** Stops the reading of a text. */
export class SyntaxProblem extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}
