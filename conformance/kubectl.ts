import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { type Result, Running, type RunOptions, run } from './program.ts'

/** A kubectl with the kubeconfig of a suite. What it remembers of a server lies beside that, so that it knows of no other. */
export class Kubectl {
  readonly #kubeconfig: string
  readonly #program: string

  constructor(kubeconfig: string, program = 'kubectl') {
    this.#kubeconfig = kubeconfig
    this.#program = program
  }

  get kubeconfig(): string {
    return this.#kubeconfig
  }

  /** The same, by another kubectl. */
  by(program: string): Kubectl {
    return new Kubectl(this.#kubeconfig, program)
  }

  /** Runs one command to its end, whatever its exit code: `kubectl.run('get pods -o name')`. Arguments with blanks in them come as a list. */
  run(args: string | readonly string[], options: RunOptions = {}): Promise<Result> {
    return run(this.#program, listOf(args), this.#with(options))
  }

  /** Runs one command that must go well; gives what it printed, without the last newline. */
  async ok(args: string | readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options)
    assert.equal(code, 0, `kubectl ${listOf(args).join(' ')} ended with ${code}:\n${stdout}${stderr}`)
    return stdout.trimEnd()
  }

  /** Runs one command that must fail; gives what it complained, without the last newline. */
  async fails(args: string | readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options)
    assert.notEqual(code, 0, `kubectl ${listOf(args).join(' ')} did not fail:\n${stdout}${stderr}`)
    return stderr.trimEnd()
  }

  /** Gets one thing, or a list, as JSON. */
  async get<T>(what: string): Promise<T> {
    return JSON.parse(await this.ok(`get ${what} -o json`)) as T
  }

  /** Starts a command that goes on: a watch, a port-forward, `logs -f`. */
  start(args: string | readonly string[], options: RunOptions = {}): Running {
    return new Running(this.#program, listOf(args), this.#with(options))
  }

  /** The shell command of the same, for programs that are given a terminal. */
  env(): NodeJS.ProcessEnv {
    const home = dirname(this.#kubeconfig)
    return { KUBECONFIG: this.#kubeconfig, KUBECACHEDIR: join(home, 'kubectl-cache'), HOME: home, COLUMNS: '200' }
  }

  #with(options: RunOptions): RunOptions {
    return { ...options, env: { ...this.env(), ...options.env } }
  }
}

const listOf = (args: string | readonly string[]): readonly string[] =>
  typeof args === 'string' ? args.split(' ').filter(Boolean) : args
