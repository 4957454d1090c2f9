import type { Command } from 'commander'
import { endCluster } from '#cluster/process.ts'
import { withData } from './data.ts'

/** `pinnace down`: ends a cluster; what it stored stays. */
export function down(program: Command): void {
  withData(program.command('down'))
    .description('stop the cluster that runs on a directory; what it stored stays')
    .action(async ({ data }: { data: string }) => {
      console.log((await endCluster(data)) ? 'stopped' : `no cluster runs on ${data}`)
    })
}
