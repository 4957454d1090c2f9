/** A parameter of a request, in the form that v2 and v3 share. */
export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly type: 'string' | 'boolean' | 'integer'
  readonly description?: string
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({
  name,
  in: 'query',
  type,
  description,
})

const all = [
  query('allowWatchBookmarks', 'boolean', 'Asks a watch for BOOKMARK events, which carry nothing but a resource version.'),
  query('continue', 'string', 'The token of the previous part of a list that was cut by limit.'),
  query('dryRun', 'string', 'All: the request passes every stage but nothing is stored.'),
  query('fieldManager', 'string', 'The name under which changed fields are noted in metadata.managedFields. Apply needs it.'),
  query('fieldSelector', 'string', 'Only objects whose fields have these values.'),
  query('fieldValidation', 'string', 'What becomes of unknown and double fields: Ignore, Warn (the default) or Strict.'),
  query('force', 'boolean', 'Apply: take fields from other managers. Nothing else may set it.'),
  query(
    'gracePeriodSeconds',
    'integer',
    "How long the object may take to end; 0 is at once. The kind's own period where left out.",
  ),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Deletes an object that can no longer be read from storage.',
  ),
  query('labelSelector', 'string', 'Only objects whose labels fit.'),
  query('limit', 'integer', 'The most items that one answer may have; metadata.continue then leads on.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('pretty', 'string', "'true': indented output."),
  query('propagationPolicy', 'string', 'What becomes of dependents: Orphan, Background or Foreground.'),
  query('resourceVersion', 'string', 'How new the answer must be, or where a watch begins.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant for a list: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'A watch begins with what there is, then a bookmark that says so.'),
  query('timeoutSeconds', 'integer', 'How long a list or watch may take.'),
  query('watch', 'boolean', 'Streams changes instead of answering a list.'),
] as const

const byName = new Map(all.map(parameter => [parameter.name, parameter]))

const named = (names: string): readonly Parameter[] => names.split(' ').map(name => byName.get(name)!)

/** What each action takes in the query. */
export const parametersOf: Readonly<Record<string, readonly Parameter[]>> = {
  get: [],
  connect: [],
  list: named(
    'allowWatchBookmarks continue fieldSelector labelSelector limit resourceVersion resourceVersionMatch sendInitialEvents timeoutSeconds watch',
  ),
  post: named('dryRun fieldManager fieldValidation'),
  put: named('dryRun fieldManager fieldValidation'),
  patch: named('dryRun fieldManager fieldValidation force'),
  delete: named('dryRun gracePeriodSeconds ignoreStoreReadErrorWithClusterBreakingPotential orphanDependents propagationPolicy'),
  deletecollection: named(
    'continue dryRun fieldSelector gracePeriodSeconds ignoreStoreReadErrorWithClusterBreakingPotential labelSelector limit orphanDependents propagationPolicy resourceVersion resourceVersionMatch sendInitialEvents timeoutSeconds',
  ),
}

export const pretty: Parameter = byName.get('pretty')!

export const pathParameter = (name: string, description: string): Parameter => ({ name, in: 'path', type: 'string', description })
