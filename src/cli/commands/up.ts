import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { adminKubeconfig } from '#cluster/kubeconfig.ts'
import { type ClusterOptions, type Part, parts } from '#cluster/options.ts'
import { claimPid, runningPid } from '#cluster/process.ts'
import { ready } from '#cluster/ready.ts'
import type { ServingFlags } from '#cluster/serving/flags.ts'
import { writable } from '#cluster/writable.ts'
import { withData } from './data.ts'
import { withServing } from './serving.ts'
import { keepingOf, type StorageFlags, withStorage } from './storage.ts'

interface Flags extends StorageFlags, ServingFlags {
  readonly data: string
  readonly port: number
  readonly nodes: number
  readonly runtime: NonNullable<ClusterOptions['runtime']>
  readonly without: readonly Part[]
  readonly detach?: true
}

/** `pinnace up`: a whole cluster, in the foreground or, with --detach, behind it. */
export function up(program: Command): void {
  withServing(withStorage(withData(program.command('up'))))
    .description('start a cluster and keep it running until Ctrl-C')
    .option('--port <port>', 'the API server listens here', number, 6443)
    .option('--nodes <count>', 'how many nodes', number, 1)
    .addOption(new Option('--runtime <name>', 'how pods run').choices(['auto', 'docker', 'simulated']).default('auto'))
    .option('--without <names>', `leave parts out, comma separated: ${parts.join(', ')}`, partNames, [])
    .option('--detach', 'return when the nodes are Ready; the cluster runs on')
    .action((flags: Flags) => (flags.detach ? detached(flags) : foreground(flags)))
}

async function foreground(flags: Flags): Promise<void> {
  await writable(flags.data)
  const forget = await claimPid(flags.data)
  try {
    // Loaded only by the process that runs it: it is most of the program.
    const { startCluster } = await import('#cluster/start-cluster.ts')
    const cluster = await startCluster({
      ...flags,
      ...keepingOf(flags),
      serving: flags,
      tell: line => console.log(line),
    })
    const stop = (): void => void cluster.stop().catch(() => {})
    process.once('SIGINT', stop).once('SIGTERM', stop)
    console.log(next(cluster.kubeconfig))
    await cluster.ended
  } finally {
    await forget()
  }
}

async function detached(flags: Flags): Promise<void> {
  const other = await runningPid(flags.data)
  if (other !== undefined) throw new Error(`a cluster runs on ${flags.data} already (process ${other})`)
  await writable(flags.data)
  const file = join(flags.data, 'up.log')
  const out = openSync(file, 'w')
  const args = process.argv.slice(2).filter(arg => arg !== '--detach')
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
    detached: true,
    stdio: ['ignore', out, out],
  })
  closeSync(out)
  const kubeconfig = adminKubeconfig(flags.data)
  const died = new AbortController()
  child.once('exit', () => died.abort())
  try {
    const nodes = flags.without.includes('kubelet') ? 0 : flags.nodes
    await ready({ kubeconfig, pid: child.pid!, data: flags.data, nodes }, died.signal)
  } catch (error) {
    const why = lastWords(file) ?? (error instanceof Error ? error.message : error)
    throw new Error(`the cluster did not come up: ${why}; see ${file}`)
  }
  child.unref()
  console.log(next(kubeconfig))
}

/** What the process said went wrong, before it ended; nothing if it did not. */
const lastWords = (file: string): string | undefined => /^pinnace: (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1]

const next = (kubeconfig: string): string => `\nexport KUBECONFIG=${kubeconfig}\nkubectl get nodes`

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('not a number')
  return Number(text)
}

function partNames(text: string): readonly Part[] {
  const names = text.split(',').filter(Boolean)
  for (const name of names)
    if (!parts.includes(name as Part)) throw new InvalidArgumentError(`${name} is none of ${parts.join(', ')}`)
  return names as Part[]
}
