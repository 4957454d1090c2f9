import { Lease } from '#api/coordination/v1.ts'
import type { Node } from '#api/core/v1.ts'
import { isReason } from '#api/status.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { microTimestamp } from '#machinery/time.ts'

const namespace = 'kube-node-lease'
const leaseSeconds = 40
const renewMs = 10_000
/** Heartbeats are spread by this part of their interval. */
const jitter = 0.04
const firstRetryMs = 100
const longestRetryMs = 7_000

/** Renews a node's lease every 10 s, which says that its kubelet lives, until the signal aborts. Never rejects. */
export async function renewLease(
  node: Node,
  parts: { readonly client: Client; readonly clock: Clock; readonly log: Log; readonly random?: () => number },
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, log, random = () => 0 } = parts
  let latest: Lease | undefined
  let retryMs = firstRetryMs
  while (!signal.aborted) {
    try {
      latest = await renew(client, node, latest, clock.now(), signal)
      retryMs = firstRetryMs
      await clock.sleep(renewMs * (1 + jitter * random()), signal)
    } catch (error) {
      if (signal.aborted) return
      latest = undefined
      log.debug('the node lease could not be renewed', { node: node.metadata.name, error: String(error) })
      await clock.sleep((retryMs = Math.min(2 * retryMs, longestRetryMs)), signal)
    }
  }
}

async function renew(client: Client, node: Node, latest: Lease | undefined, now: Date, signal: AbortSignal): Promise<Lease> {
  const { name = '', uid = '' } = node.metadata
  const there = latest ?? (await client.get(Lease, { namespace, name }, signal).catch(unlessMissing))
  const spec = { ...there?.spec, holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime: microTimestamp(now) }
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }]
  if (!there) return client.create(Lease, { metadata: { namespace, name, ownerReferences }, spec }, signal)
  return client.update(Lease, { ...there, metadata: { ...there.metadata, ownerReferences }, spec }, {}, signal)
}

const unlessMissing = (error: unknown): undefined => {
  if (!isReason(error, 'NotFound')) throw error
}
