import { Command } from 'commander'
import { commands } from './commands/index.ts'

/** Runs the command that the process was started with. What goes wrong is said in one sentence, with exit code 1. */
export async function main(): Promise<void> {
  const program = new Command('pinnace').description('Kubernetes in TypeScript: a whole cluster from one package')
  program.version('0.1.0 (Kubernetes v1.36.0)')
  for (const add of commands) add(program)
  try {
    await program.parseAsync()
  } catch (error) {
    console.error(`pinnace: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}
