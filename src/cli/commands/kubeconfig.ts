import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { adminKubeconfig, kubeconfigFor } from '#cluster/kubeconfig.ts'
import { withData } from './data.ts'

interface Flags {
  readonly data: string
  readonly user?: string
  readonly group: readonly string[]
}

/** `pinnace kubeconfig`: prints the administrator's kubeconfig, or issues one for somebody else. */
export function kubeconfig(program: Command): void {
  withData(program.command('kubeconfig'))
    .description("print the administrator's kubeconfig, or with --user one for somebody else")
    .option('--user <name>', 'issue a certificate for this user, e.g. system:node:n2')
    .option(
      '--group <name>',
      'and this group; may be repeated',
      (name: string, before: readonly string[]) => [...before, name],
      [],
    )
    .action(async ({ data, user, group }: Flags) => {
      const admin = await readFile(adminKubeconfig(data), 'utf8').catch(() => undefined)
      if (admin === undefined) throw new Error(`there is no cluster in ${data}: pinnace up --data ${data}`)
      process.stdout.write(user === undefined ? admin : await kubeconfigFor(data, user, group))
    })
}
