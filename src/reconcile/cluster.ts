import { type Kind, qualified } from '#api/kind.ts'
import { type Draft, type Key, type KubeObject, keyOf } from '#api/object.ts'
import { isReason, StatusError } from '#api/status.ts'
import type { Cache } from '#cache/cache.ts'
import type { Client, DeleteWhere, Patch } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Selector } from '#machinery/labels.ts'
import type { Log } from '#machinery/log.ts'
import { orphansOf } from './caches.ts'
import type { Recorder } from './events.ts'

/** Which cached objects are meant; all but `labels` is answered from an index. */
export interface Among {
  readonly namespace?: string | undefined
  /** Those it controls, by uid. */
  readonly owner?: KubeObject
  /** Those in a namespace that nobody controls. */
  readonly orphansOf?: string
  /** Pods bound to this node. */
  readonly node?: string
  readonly labels?: Selector
}

/** What a reconcile may use: it reads from caches, of the kinds its controller declares, and writes to the API server. */
export interface Cluster {
  get<T extends KubeObject>(kind: Kind<T>, key: Key): Readonly<T> | undefined
  list<T extends KubeObject>(kind: Kind<T>, among?: Among): readonly Readonly<T>[]
  create<T extends KubeObject>(kind: Kind<T>, object: Draft<T>): Promise<T>
  update<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T>
  updateStatus<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T>
  patch<T extends KubeObject>(kind: Kind<T>, key: Key, patch: Patch): Promise<T>
  /** Deletes this very object, not a namesake. That it is gone already is success. */
  delete<T extends KubeObject>(kind: Kind<T>, object: Readonly<T>, options?: DeleteWhere): Promise<void>
  readonly client: Client
  readonly events: Recorder
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

/** What a Cluster is made from. */
export interface Parts {
  readonly client: Client
  readonly events: Recorder
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** The caches of the declared kinds. Throws for others: their absence must not look like an empty cluster. */
  cacheOf<T extends KubeObject>(kind: Kind<T>): Cache<T>
  /** Is told every write, so that nobody decides by a cache that has not seen it yet. */
  wrote(kind: Kind, object: KubeObject): void
}

export function cluster(parts: Parts): Cluster {
  const { client, events, clock, log, signal, cacheOf, wrote } = parts

  async function written<T extends KubeObject>(kind: Kind<T>, write: Promise<T>): Promise<T> {
    const object = await write
    wrote(kind, object)
    return object
  }

  return {
    client,
    events,
    clock,
    log,
    signal,
    get: (kind, key) => cacheOf(kind).get(key)?.object,
    list: (kind, among = {}) => select(cacheOf(kind), among),
    create: (kind, object) => written(kind, client.create(kind, object, signal)),
    update: (kind, object) => written(kind, client.update(kind, object, {}, signal)),
    updateStatus: (kind, object) => written(kind, client.update(kind, object, { subresource: 'status' }, signal)),
    patch: (kind, key, patch) => written(kind, client.patch(kind, key, patch, signal)),
    async delete(kind, object, options) {
      try {
        const left = await client.delete(kind, keyOf(object), { uid: object.metadata.uid, ...options }, signal)
        if ('metadata' in left && left.kind === kind.kind) wrote(kind, left as KubeObject)
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error
      }
    },
  }
}

function select<T extends KubeObject>(cache: Cache<T>, among: Among): readonly T[] {
  const found = candidates(cache, among)
  const { labels } = among
  return labels ? found.filter(({ metadata }) => labels.matches(metadata.labels)) : found
}

function candidates<T extends KubeObject>(cache: Cache<T>, { namespace, owner, orphansOf: orphans, node }: Among): readonly T[] {
  if (owner) return cache.by('controller', owner.metadata.uid ?? '')
  if (orphans !== undefined) return cache.by('controller', orphansOf(orphans))
  if (node !== undefined) return cache.by('node', node)
  return cache.list({ namespace })
}

/** Why a kind cannot be read. */
export const undeclared = (kind: Kind, controller: string): Error =>
  new Error(`${controller} reads ${qualified(kind)} but does not declare it`)

/** Whether something was refused because its namespace is going away: then there is no point in insisting. */
export const inTerminatingNamespace = (error: unknown): boolean =>
  error instanceof StatusError &&
  Boolean(error.details?.causes?.some(({ reason }) => (reason as string) === 'NamespaceTerminating'))
