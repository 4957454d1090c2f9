import type { Command } from 'commander'
import { adminKubeconfig } from '#cluster/kubeconfig.ts'
import { runningPid } from '#cluster/process.ts'
import { readyNodes } from '#cluster/ready.ts'
import { withData } from './data.ts'

/** `pinnace status`: whether a cluster runs, and how many of its nodes are Ready. Exit code 1 if it does not. */
export function status(program: Command): void {
  withData(program.command('status'))
    .description('say whether a cluster runs on a directory')
    .action(async ({ data }: { data: string }) => {
      const pid = await runningPid(data)
      const nodes = pid === undefined ? -1 : await readyNodes(adminKubeconfig(data))
      if (pid === undefined) console.log(`no cluster runs on ${data}`)
      else if (nodes < 0) console.log(`process ${pid} runs, but its API does not answer`)
      else console.log(`process ${pid} runs, ${nodes} ${nodes === 1 ? 'node is' : 'nodes are'} Ready`)
      process.exitCode = nodes < 0 ? 1 : 0
    })
}
