import { badRequest, StatusError } from '#api/status.ts'
import { placeOf, tokenOf } from '#apiserver/request/continue.ts'
import { listOptionsOf } from '#apiserver/request/list-options.ts'
import type { Request } from '#apiserver/request/request.ts'
import { atLeast } from '#apiserver/request/revision.ts'
import { type Selection, selectionOf } from '#apiserver/request/selection.ts'
import type { Store } from '#apiserver/store/store.ts'
import type { Item } from '#cache/cache.ts'
import type { Clock } from '#machinery/clock.ts'
import { Compacted } from '#storage/storage.ts'

/** What stands in a list's metadata. */
export interface ListMeta {
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** A list, or as much of it as was asked for. */
export interface Page {
  readonly items: readonly Item[]
  readonly metadata: ListMeta
}

interface Ask {
  readonly store: Store
  readonly selection: Selection
  /** 0: all of them. */
  readonly limit: number
}

/**
 * The page of objects that a request asks for. All pages of a list show one revision: the first comes from the cache, the
 * others, and lists of the past, from storage. Throws Expired for a revision that is forgotten, Timeout for one that does not come.
 */
export async function pageOf(request: Request, store: Store, clock: Clock): Promise<Page> {
  const { resource } = store
  const options = listOptionsOf(request.query, resource.kind, false)
  const { limit, continue: token, match, resourceVersion } = options
  // Whatever is at hand is shown whole.
  const ask: Ask = { store, selection: selectionOf(request, resource), limit: resourceVersion === 0 && !token ? 0 : limit }
  const place = token ? placeOf(token) : undefined
  if (token && resourceVersion) throw badRequest('specifying resource version is not allowed when using continue')
  // Without a match, a limit and a revision together have always meant just this revision.
  const exact = place ? place.revision : resourceVersion && (match === 'Exact' || (limit && !match)) ? resourceVersion : undefined
  await atLeast(store, place ? place.revision : resourceVersion, clock, request.signal)
  if (!place && !exact) return present(ask)
  return past(ask, exact ?? store.cache.revision, place?.start ?? '').catch((error: unknown) => {
    throw error instanceof Compacted ? expired(place?.start) : error
  })
}

/** The refusal of a revision that is forgotten; with a token for those who would rather have an inconsistent rest of their list than none. */
function expired(start: string | undefined): StatusError {
  if (!start) return new StatusError('Expired', 'The resourceVersion for the provided list is too old.')
  return new StatusError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    undefined,
    undefined,
    { continue: tokenOf({ revision: undefined, start }) },
  )
}

/** From the cache, as it is now. */
function present(ask: Ask): Page {
  const { limit, selection, store } = ask
  const { cache } = store
  if (limit && !selection.narrowed) {
    const { items, remaining } = cache.page({ ...selection.where, limit })
    return { items, metadata: metadataOf(ask, cache.revision, items, remaining) }
  }
  const found = cache.items(selection.where).filter(({ object }) => selection.passes(object))
  return cut(ask, cache.revision, found, 0)
}

/** From storage, as it was at a revision, from a key on. */
async function past(ask: Ask, revision: number, start: string): Promise<Page> {
  const { limit, selection, store } = ask
  const found: Item[] = []
  for (let from = start; ; ) {
    const stretch = await store.page(selection.namespace, revision, from, limit)
    for (const item of stretch.items) if (selection.passes(item.object)) found.push(item)
    // Selectors may make several stretches of storage necessary to fill a page, and one item more to know that it is not the last.
    if (stretch.remaining === 0 || !selection.narrowed || found.length > limit)
      return cut(ask, revision, found, stretch.remaining)
    from = behind(stretch.items.at(-1)!, selection)
  }
}

/** Takes as many as were asked for, and says how to go on if there are more. */
function cut(ask: Ask, revision: number, found: readonly Item[], remaining: number): Page {
  const items = ask.limit ? found.slice(0, ask.limit) : found
  return { items, metadata: metadataOf(ask, revision, items, found.length - items.length + remaining) }
}

function metadataOf({ selection }: Ask, revision: number, items: readonly Item[], remaining: number): ListMeta {
  const resourceVersion = String(revision)
  const last = items.at(-1)
  if (remaining === 0 || !last) return { resourceVersion }
  const token = tokenOf({ revision, start: behind(last, selection) })
  // Of those that remain, nobody knows how many pass a selector.
  return { resourceVersion, continue: token, ...(!selection.narrowed && { remainingItemCount: remaining }) }
}

/** The first key behind an item, as seen from what is listed. */
const behind = ({ object: { metadata } }: Item, { namespace }: Selection): string =>
  `${metadata.namespace && !namespace ? `${metadata.namespace}/` : ''}${metadata.name}\0`
