import type { Writable } from 'node:stream'
import { StatusError } from '#api/status.ts'
import { viewOf } from '#apiserver/answer.ts'
import { listOptionsOf } from '#apiserver/list-options.ts'
import { atLeast } from '#apiserver/revision.ts'
import { selectionOf } from '#apiserver/selection.ts'
import { Teller } from '#apiserver/teller.ts'
import type { Tools, Verb } from './verb.ts'

/** How often a watcher that wants bookmarks gets one (upstream: about once a minute). */
const bookmarkEveryMs = 60_000
/** A watch without timeoutSeconds ends after one to two of these (upstream: --min-request-timeout). */
const shortestWatchMs = 1_800_000

const streams = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']

/** Follows a kind: every change once, in order, as it happens; first, where it is asked for, what there is. */
export const watch: Verb = async (request, store, tools) => {
  const { accept, query, signal } = request
  const { resource, cache } = store
  if (accept.type === 'application/yaml')
    throw new StatusError('NotAcceptable', `only the following media types are accepted: ${streams.join(', ')}`)
  const selection = selectionOf(request, resource)
  const { resourceVersion, bookmarks, initialEvents, timeoutSeconds } = listOptionsOf(query, resource.kind, true)
  const tell = new Teller(store, viewOf(request, tools.clock.now()))
  // A reader of a revision to come waits for it; one that did not ask for a revision sees the newest.
  await atLeast(store, resourceVersion, tools.clock, signal)

  // The present and its revision in one breath: what happens later is the watcher's.
  const revision = initialEvents ? cache.revision : resourceVersion!
  const present = initialEvents ? cache.items(selection.where).filter(({ object }) => selection.passes(object)) : []
  const end = new AbortController()
  const watcher = cache.watch(revision, AbortSignal.any([signal, end.signal]), {
    ...selection.where,
    ...(selection.narrowed && { passes: selection.passes }),
  })
  const timeoutMs = timeoutSeconds ? Math.max(timeoutSeconds * 1000, 0) : shortestWatchMs * (1 + tools.random())
  return {
    code: 200,
    type: accept.type === 'application/json' ? accept.type : streams[1]!,
    body: async out => {
      void tools.clock.sleep(timeoutMs, AbortSignal.any([signal, end.signal])).then(() => end.abort())
      if (present.length > 0) await write(out, tell.present(present), signal)
      if (initialEvents && bookmarks) await write(out, tell.bookmark(revision, true), signal)
      if (bookmarks) void remind(out, () => tell.bookmark(watcher.revision), tools, end.signal)
      try {
        for await (const batch of watcher) await write(out, tell.batch(batch), signal)
        if (bookmarks && !signal.aborted) await write(out, tell.bookmark(watcher.revision), signal)
      } catch (error) {
        if (!(error instanceof StatusError)) throw error
        await write(out, tell.error(error), signal)
      } finally {
        end.abort()
      }
    },
  }
}

/** Says every now and then how far the watcher has come. */
async function remind(out: Writable, bookmark: () => Uint8Array, { clock }: Tools, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(bookmarkEveryMs, signal)
    if (signal.aborted) return
    await write(out, bookmark(), signal)
  }
}

/** Waits for a slow reader; a reader who has gone is waited for no longer. */
function write(out: Writable, bytes: Uint8Array, signal: AbortSignal): Promise<void> | void {
  if (signal.aborted || out.destroyed || out.write(bytes)) return
  return new Promise(resolve => {
    const done = (): void => {
      out.off('drain', done)
      out.off('close', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    out.on('drain', done)
    out.on('close', done)
    signal.addEventListener('abort', done)
  })
}
