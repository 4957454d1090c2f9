import { Node } from '#api/core/v1.ts'
import { Client } from '#client/client.ts'
import { readKubeconfig } from '#client/kubeconfig.ts'
import { httpsTransport } from '#client/transport.ts'
import { realClock } from '#machinery/clock.ts'
import { runningPid } from './process.ts'

/** Which cluster is waited for: that of a process, until so many nodes are Ready. */
export interface Awaited {
  readonly data: string
  readonly kubeconfig: string
  readonly pid: number
  readonly nodes: number
}

const lookMs = 20
const longestMs = 120_000
/** An API that has not answered by then is none: something else may listen on its port. */
const longestAnswerMs = 5_000

/** Resolves when the cluster's API answers and its nodes are Ready. Throws if its process ends before, or after two minutes. */
export async function ready({ data, kubeconfig, pid, nodes }: Awaited, died: AbortSignal): Promise<void> {
  const deadline = realClock.now().getTime() + longestMs
  for (;;) {
    if (died.aborted) throw new Error('its process ended')
    if (realClock.now().getTime() > deadline) throw new Error(`it was not ready within ${longestMs / 1000} s`)
    if ((await runningPid(data)) === pid && (await readyNodes(kubeconfig, died)) >= nodes) return
    await realClock.sleep(lookMs, died)
  }
}

/** How many nodes are Ready; less than none while the API does not answer. */
export async function readyNodes(kubeconfig: string, signal = new AbortController().signal): Promise<number> {
  const enough = AbortSignal.any([signal, AbortSignal.timeout(longestAnswerMs)])
  try {
    const transport = httpsTransport(await readKubeconfig(kubeconfig))
    try {
      const { items } = await new Client(transport).list(Node, {}, enough)
      return items.filter(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
        .length
    } finally {
      transport.close()
    }
  } catch {
    return -1
  }
}
