import { compile, type Environment, type Program } from './compile.ts'
import { CompilationError } from './problem.ts'
import type { Type } from './type.ts'

/** An expression that was understood, or why it was not. */
export type Compiled = Program | CompilationError

/** Reads an expression, as `compile` does; `text` may be anything, as long as nobody has validated where it comes from. */
export function understood(text: string | undefined, environment: Environment, ...wanted: readonly Type[]): Compiled {
  try {
    return compile(text ?? '', environment, ...wanted)
  } catch (error) {
    if (error instanceof CompilationError) return error
    throw error
  }
}
