import { StatusError } from '#api/status.ts'
import { viewOf } from '#apiserver/answer/answer.ts'
import { Teller } from '#apiserver/answer/teller.ts'
import { type ListOptions, listOptionsOf } from '#apiserver/request/list-options.ts'
import { atLeast } from '#apiserver/request/revision.ts'
import { type Selection, selectionOf } from '#apiserver/request/selection.ts'
import type { Store } from '#apiserver/store/store.ts'
import { overHttp, overWebSocket, type Tell } from '#apiserver/wire/watch-stream.ts'
import { asksWebSocket } from '#apiserver/wire/web-socket.ts'
import type { Tools, Verb } from './verb.ts'

/** How often a watcher that wants bookmarks gets one (upstream: about once a minute). */
const bookmarkEveryMs = 60_000

const streams = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']

/** Follows a kind: every change once, in order, as it happens; first, where it is asked for, what there is. */
export const watch: Verb = async (request, store, tools) => {
  const { accept, query } = request
  if (accept.type === 'application/yaml')
    throw new StatusError('NotAcceptable', `only the following media types are accepted: ${streams.join(', ')}`)
  const watching: Watching = {
    store,
    selection: selectionOf(request, store.resource),
    options: listOptionsOf(query, store.resource.kind, true),
    say: new Teller(store, viewOf(request, tools.clock)),
  }
  if (asksWebSocket(request)) return overWebSocket(request, (tell, signal) => follow(watching, tools, tell, signal))
  return {
    code: 200,
    type: accept.type === 'application/json' ? accept.type : streams[1]!,
    body: out => follow(watching, tools, overHttp(out, request.signal), request.signal),
  }
}

interface Watching {
  readonly store: Store
  readonly selection: Selection
  readonly options: ListOptions
  readonly say: Teller
}

/** Tells until the time is over, the reader gone or the past lost. What goes wrong once a watch was understood is an event of it. */
async function follow(watching: Watching, tools: Tools, tell: Tell, signal: AbortSignal): Promise<void> {
  const { timeoutSeconds } = watching.options
  const timeoutMs = timeoutSeconds ? Math.max(timeoutSeconds * 1000, 0) : tools.shortestWatchMs * (1 + tools.random())
  const end = new AbortController()
  const either = AbortSignal.any([signal, end.signal])
  void tools.clock.sleep(timeoutMs, either).then(() => end.abort())
  try {
    await tellAll(watching, tools, tell, either)
  } catch (error) {
    if (error instanceof StatusError) await tell(watching.say.error(error))
    else if (!either.aborted) throw error
  } finally {
    end.abort()
  }
}

async function tellAll(
  { store, selection, options, say }: Watching,
  tools: Tools,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const { resourceVersion, bookmarks, initialEvents } = options
  const { cache } = store
  if (resourceVersion && !initialEvents) await store.reachBack(resourceVersion)
  // Who wants to see what there is waits until it is there; for what is to come nobody need wait here.
  if (initialEvents || !resourceVersion) await atLeast(store, resourceVersion, tools.clock, signal)
  // The present and its revision in one breath: what happens later is the watcher's.
  const revision = initialEvents ? cache.revision : resourceVersion || cache.revision
  const present = initialEvents ? cache.items(selection.where).filter(({ object }) => selection.passes(object)) : []
  const watcher = cache.watch(revision, signal, {
    ...selection.where,
    ...(selection.narrowed && { passes: selection.passes }),
  })
  if (present.length > 0) await tell(say.present(present))
  if (initialEvents && bookmarks) await tell(say.bookmark(revision, true))
  const bookmark = (): void | Promise<void> => tell(say.bookmark(watcher.revision))
  if (bookmarks) void remind(bookmark, tools, signal)
  for await (const batch of watcher) await tell(say.batch(batch))
  if (bookmarks) await bookmark()
}

/** Says every now and then how far the watcher has come. */
async function remind(bookmark: () => Promise<void> | void, { clock }: Tools, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(bookmarkEveryMs, signal)
    if (signal.aborted) return
    await bookmark()
  }
}
