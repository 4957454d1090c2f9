import type { Kind } from '#api/kind.ts'
import { type Cause, invalid } from '#api/status.ts'
import { forbidden, invalidValue, notSupported } from '#machinery/causes.ts'
import { refuse } from './options.ts'
import { integerOf, isTrue } from './query.ts'

/** metav1.ListOptions without its selectors: how a list or a watch is meant. */
export interface ListOptions {
  /** 0: all of them. */
  readonly limit: number
  readonly continue: string
  /** undefined: the newest; 0: whatever is at hand. */
  readonly resourceVersion: number | undefined
  readonly match: string
  /** undefined: as long as the server likes. */
  readonly timeoutSeconds: number | undefined
  readonly bookmarks: boolean
  /** Whether a watch begins with what there is. */
  readonly initialEvents: boolean
}

/** Reads the options of a list or watch off its query. Throws BadRequest for what cannot be read, Invalid for what contradicts itself. */
export function listOptionsOf(query: URLSearchParams, kind: Kind, watches: boolean): ListOptions {
  const limit = Math.max(integerOf(query, 'limit') ?? 0, 0)
  const timeoutSeconds = integerOf(query, 'timeoutSeconds') || undefined
  const text = (name: string): string => query.get(name) ?? ''
  const said = {
    match: text('resourceVersionMatch'),
    version: text('resourceVersion'),
    continue: text('continue'),
    initial: query.get('sendInitialEvents'),
  }
  refuse('ListOptions', [...(watches ? checkWatch(said) : checkList(said))])
  const resourceVersion = resourceVersionOf(query, kind)
  // A watch from nowhere has always begun with what there is.
  const initialEvents = said.initial === null ? !resourceVersion : isTrue(said.initial)
  return {
    limit,
    timeoutSeconds,
    continue: said.continue,
    match: said.match,
    resourceVersion,
    initialEvents,
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
  }
}

interface Said {
  readonly match: string
  readonly version: string
  readonly continue: string
  readonly initial: string | null
}

const field = 'resourceVersionMatch'

function* checkList({ match, version, continue: token, initial }: Said): Generator<Cause> {
  if (match) {
    if (!version) yield forbidden(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (token) yield forbidden(field, 'resourceVersionMatch is forbidden when continue is provided')
    if (match !== 'Exact' && match !== 'NotOlderThan') yield notSupported(field, match, ['Exact', 'NotOlderThan', ''])
    if (match === 'Exact' && version === '0')
      yield forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  }
  if (initial !== null) yield forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')
}

function* checkWatch({ match, continue: token, initial }: Said): Generator<Cause> {
  if (initial !== null && match !== 'NotOlderThan')
    yield forbidden(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  if (!match) return
  if (initial === null) yield forbidden(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  if (match !== 'NotOlderThan') yield notSupported(field, match, ['NotOlderThan'])
  if (token) yield forbidden(field, 'resourceVersionMatch is forbidden when continue is provided')
}

/** The resourceVersion that a query names; nothing where it names none. Throws Invalid. */
export function resourceVersionOf(query: URLSearchParams, { group, plural }: Kind): number | undefined {
  const text = query.get('resourceVersion')
  if (!text) return undefined
  const problem = problemOfVersion(text)
  if (!problem) return Number(text)
  throw invalid({ group, kind: plural }, '', [
    invalidValue('resourceVersion', text, `strconv.ParseUint: parsing "${text}": ${problem}`),
  ])
}

/** Why a text is no resourceVersion. Revisions beyond 2^53 will never be reached. */
function problemOfVersion(text: string): string | undefined {
  if (!/^\d+$/.test(text)) return 'invalid syntax'
  return Number.isSafeInteger(Number(text)) ? undefined : 'value out of range'
}
