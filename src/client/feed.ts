import type { Kind } from '#api/kind.ts'
import { type KubeObject, keyOf } from '#api/object.ts'
import { StatusError } from '#api/status.ts'
import type { Feed, Item, News } from '#cache/news.ts'
import type { Clock } from '#machinery/clock.ts'
import { type Log, silent } from '#machinery/log.ts'
import type { ListWhere, RawWatchEvent, Reader } from './wire.ts'

/** What a feed needs besides the client: time for its back-off, and where to say that something failed. */
export interface FeedOptions {
  readonly clock: Clock
  readonly log?: Log
  readonly random?: () => number
}

/** Where a feed stands. */
interface Progress {
  /** The last revision seen; 0 before the first. */
  revision: number
  /** Whether only a list can tell the present: at first, and when history has been compacted. */
  stale: boolean
  /** Whether the list must be the newest there is, because the server refused one no older than `revision`. */
  newest: boolean
  /** Since something was last heard. */
  failures: number
}

const firstPauseMs = 100
const longestPauseMs = 30_000

/**
 * Everything a cache must hear of a kind: one list, then a watch from where it ended. A watch that ends or breaks goes
 * on from the last revision seen; one that came too late lists again. Failures are tried again with a jittered pause.
 * It ends only by the signal.
 *
 * The list asks for what the server has at hand (`resourceVersion=0`, later: no older than what was seen), which a
 * server answers from memory; the watch then catches up.
 */
export function feed<T extends KubeObject>(reader: Reader, kind: Kind<T>, where: ListWhere, options: FeedOptions): Feed<T> {
  const { clock, log = silent, random = Math.random } = options
  return async function* (signal) {
    const progress: Progress = { revision: 0, stale: true, newest: false, failures: 0 }
    while (!signal.aborted) {
      progress.failures++
      try {
        if (progress.stale) yield await list(reader, kind, where, progress, signal)
        yield* watch(reader, kind, where, progress, random, signal)
      } catch (error) {
        if (signal.aborted) return
        log.debug(`cannot follow ${kind.plural}: ${error instanceof Error ? error.message : error}`)
        if (error instanceof StatusError) {
          progress.newest = progress.stale
          progress.stale ||= error.code === 410
        }
      }
      if (progress.failures) await clock.sleep(pauseMs(progress.failures, random), signal)
    }
  }
}

const pauseMs = (failures: number, random: () => number): number =>
  Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs) * (1 + random())

async function list<T extends KubeObject>(
  reader: Reader,
  kind: Kind<T>,
  where: ListWhere,
  progress: Progress,
  signal: AbortSignal,
): Promise<News<T>> {
  const from = progress.newest ? {} : { resourceVersion: String(progress.revision) }
  const { items, revision } = await reader.list(kind, { ...where, ...from }, signal)
  Object.assign(progress, { revision, stale: false, newest: false })
  return { type: 'reset', items: items.map(itemOf), revision }
}

async function* watch<T extends KubeObject>(
  reader: Reader,
  kind: Kind<T>,
  where: ListWhere,
  progress: Progress,
  random: () => number,
  signal: AbortSignal,
): AsyncGenerator<News<T>> {
  // So that a connection that has died without a word is not believed for ever.
  const timeoutSeconds = Math.round(300 * (1 + random()))
  for await (const event of reader.watch(kind, { ...where, revision: progress.revision, timeoutSeconds }, signal)) {
    progress.revision = Number(event.object.metadata.resourceVersion)
    progress.failures = 0
    yield news(event, progress.revision)
  }
}

function news<T extends KubeObject>({ type, object }: RawWatchEvent<T>, revision: number): News<T> {
  if (type === 'BOOKMARK') return { type: 'reached', revision }
  if (type === 'DELETED') return { type: 'delete', key: keyOf(object), revision, item: { object, revision } }
  return { type: 'put', item: { object, revision } }
}

const itemOf = <T extends KubeObject>(object: T): Item<T> => ({ object, revision: Number(object.metadata.resourceVersion) })
