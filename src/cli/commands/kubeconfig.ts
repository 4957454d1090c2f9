import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { withData } from './data.ts'

/** `pinnace kubeconfig`: prints the administrator's kubeconfig. */
export function kubeconfig(program: Command): void {
  withData(program.command('kubeconfig'))
    .description("print the administrator's kubeconfig")
    .action(async ({ data }: { data: string }) => {
      const file = join(data, 'kubeconfig')
      const text = await readFile(file, 'utf8').catch(() => undefined)
      if (text === undefined) throw new Error(`there is no cluster in ${data}: pinnace up --data ${data}`)
      process.stdout.write(text)
    })
}
