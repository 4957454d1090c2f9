import { Pod, type PodCondition, type PodStatus } from '#api/core/v1.ts'
import { keyOf } from '#api/object.ts'
import { isReason } from '#api/status.ts'
import type { Client } from '#client/client.ts'
import { equal } from '#machinery/equality.ts'

/**
 * Writes one pod's status, and only what changed. One write is under way at a time; what is wanted meanwhile follows it,
 * the newest only.
 */
export class StatusWriter {
  readonly #client: Client
  /** What is to be written, or was. */
  #wanted: Readonly<PodStatus> | undefined
  #written: Readonly<Pod> | undefined
  #writing: Promise<void> | undefined

  constructor(client: Client) {
    this.#client = client
  }

  /** The newest status there is, written or not. */
  before(pod: Readonly<Pod>): Readonly<PodStatus> {
    return this.#wanted ?? pod.status ?? {}
  }

  /** Resolves when the API server has this status, or a newer one. A pod that is gone needs none. */
  write(pod: Readonly<Pod>, status: PodStatus, signal: AbortSignal): Promise<void> {
    this.#wanted = status
    this.#writing ??= this.#writeAll(pod, signal).finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeAll(pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    let status: Readonly<PodStatus> | undefined
    while (status !== this.#wanted) {
      status = this.#wanted!
      const there = this.#confirmed(pod)
      if (equal(there, { ...there, ...nulls(there, status), ...status })) continue
      const body = { metadata: { uid: pod.metadata.uid }, status: difference(there, status) }
      try {
        this.#written = await this.#client.patch(Pod, keyOf(pod), { type: 'strategic', subresource: 'status', body }, signal)
      } catch (error) {
        if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error
      }
    }
  }

  /** The newest status that the API server is known to have. */
  #confirmed(pod: Readonly<Pod>): Readonly<PodStatus> {
    const isNewer = Number(this.#written?.metadata.resourceVersion ?? 0) > Number(pod.metadata.resourceVersion ?? 0)
    return (isNewer ? this.#written!.status : pod.status) ?? {}
  }
}

/** The status as a strategic merge patch: what is to go is null, and lists that would be merged by key are replaced. */
function difference(before: Readonly<PodStatus>, status: PodStatus): object {
  const conditions = status.conditions?.map(each => ({ ...absent(before.conditions, each), ...each }))
  const hasOtherIps = before.podIPs?.length && !equal(before.podIPs, status.podIPs)
  return {
    ...nulls(before, status),
    ...status,
    ...(conditions && { conditions }),
    ...(hasOtherIps && { podIPs: [{ $patch: 'replace' }, ...(status.podIPs ?? [])] }),
  }
}

const own = ['reason', 'message', 'podIP', 'podIPs', 'hostIP', 'hostIPs'] as const

const nulls = (before: Readonly<PodStatus>, status: PodStatus): Record<string, null> =>
  Object.fromEntries(own.filter(name => before[name] !== undefined && status[name] === undefined).map(name => [name, null]))

function absent(before: readonly PodCondition[] | undefined, { type, reason, message }: PodCondition): Record<string, null> {
  const old = before?.find(each => each.type === type)
  return { ...(old?.reason && !reason && { reason: null }), ...(old?.message && !message && { message: null }) }
}
