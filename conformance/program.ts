import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { eventually } from './eventually.ts'

/** What a program left behind when it ended. A code of -1: a signal ended it. */
export interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** Goes to its standard input, which then ends. */
  readonly input?: string
  /** Added to the environment. */
  readonly env?: NodeJS.ProcessEnv
  /** It is killed after so long. */
  readonly longestMs?: number
  /** What it writes is left to who reads the child's standard output, byte for byte. */
  readonly raw?: boolean
}

/** A program that runs, and what it has written so far. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Result>
  stdout = ''
  stderr = ''

  constructor(program: string, args: readonly string[], { env, longestMs = 60_000, raw = false }: RunOptions = {}) {
    this.child = spawn(program, args, { env: { ...process.env, ...env }, timeout: longestMs, killSignal: 'SIGKILL' })
    if (!raw) this.child.stdout!.setEncoding('utf8').on('data', (text: string) => void (this.stdout += text))
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => void (this.stderr += text))
    // A program need not read what it is given.
    this.child.stdin!.on('error', () => {})
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', code => resolve({ code: code ?? -1, stdout: this.stdout, stderr: this.stderr }))
    })
  }

  write(text: string): void {
    this.child.stdin!.write(text)
  }

  /** Waits until it has written something that matches. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return eventually(() => {
      const found = pattern.exec(this.stdout + this.stderr)
      if (!found) throw new Error(`${this.child.spawnargs.join(' ')} never said ${pattern}, but:\n${this.stdout}${this.stderr}`)
      return found
    })
  }

  /** Asks it to end, and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Result> {
    this.child.kill(signal)
    return this.ended
  }
}

/** Runs a program to its end. Whatever its exit code, that is an answer and no error. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const running = new Running(program, args, options)
  running.child.stdin!.end(options.input ?? '')
  return running.ended
}

/** Where a file of the house lies, e.g. `hack/up`. */
export const inHouse = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
