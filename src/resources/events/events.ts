import * as core from '#api/core/v1.ts'
import { Event } from '#api/events/v1.ts'
import { apiVersion } from '#api/kind.ts'
import type { Cause } from '#api/status.ts'
import { type Conversion, resource } from '#apiserver/resource.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { immutable } from '#machinery/metadata.ts'
import { columnsThrough } from '#resources/columns.ts'
import home from '#resources/core/events.ts'

/** What the fields of the newer API are called in the older one, which is the stored one; the others have the same name in both. */
const stored = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
} as const
const shown = Object.fromEntries(Object.entries(stored).map(([newer, older]) => [older, newer]))

/** The same object with other names for its fields. */
const renamed = (object: object, names: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(object).map(([field, value]) => [Object.hasOwn(names, field) ? names[field] : field, value]))

const conversion: Conversion<Event, core.Event> = {
  stored: core.Event,
  to: event => ({ ...renamed(event, stored), apiVersion: apiVersion(core.Event) }) as core.Event,
  from(event) {
    const { reportingController, reportingInstance, ...rest } = renamed(event, shown) as Event
    return {
      ...rest,
      apiVersion: apiVersion(Event),
      eventTime: rest.eventTime ?? null,
      // Of these the older API shows that they say nothing, the newer one leaves them out.
      ...(reportingController && { reportingController }),
      ...(reportingInstance && { reportingInstance }),
    } as Event
  },
  validate: (event, before) => (before ? validateUpdate(event, before) : validateNew(event)),
}

/** The events of the core group, seen through the newer API, which wants more of those it makes (upstream: core/validation/events.go). */
export default resource(Event, {
  shortNames: ['ev'],
  createOnUpdate: true,
  conversion,
  columns: columnsThrough(conversion, home),
  fields: {
    reason: ({ reason }) => reason ?? '',
    'regarding.kind': ({ regarding }) => regarding?.kind ?? '',
    'regarding.namespace': ({ regarding }) => regarding?.namespace ?? '',
    'regarding.name': ({ regarding }) => regarding?.name ?? '',
    'regarding.uid': ({ regarding }) => regarding?.uid ?? '',
    'regarding.apiVersion': ({ regarding }) => regarding?.apiVersion ?? '',
    'regarding.resourceVersion': ({ regarding }) => regarding?.resourceVersion ?? '',
    'regarding.fieldPath': ({ regarding }) => regarding?.fieldPath ?? '',
    reportingController: ({ reportingController }) => reportingController ?? '',
    type: ({ type }) => type ?? '',
  },

  default(event) {
    event.regarding ??= {}
    event.deprecatedSource ??= {}
  },
})

function* validateNew(event: core.Event): Generator<Cause> {
  yield* validateSeries(event)
  if (!event.eventTime) yield required('eventTime')
  const { type = '' } = event
  if (type !== 'Normal' && type !== 'Warning') yield invalidValue('type', '', `has invalid value: ${type}`)
  for (const field of ['firstTimestamp', 'lastTimestamp', 'count'] as const)
    if (event[field]) yield invalidValue(field, '', 'needs to be unset')
  if (event.source?.component || event.source?.host) yield invalidValue('source', '', 'needs to be unset')
}

function* validateSeries({ series }: core.Event): Generator<Cause> {
  if (!series) return
  if ((series.count ?? 0) < 2) yield invalidValue('series.count', '', 'should be at least 2')
  if (!series.lastObservedTime) yield required('series.lastObservedTime')
}

/** Only the series may change. */
const unchanging = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'reason', // upstream says this one twice
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const

function* validateUpdate(event: core.Event, before: core.Event): Generator<Cause> {
  if (!equal(event.series, before.series)) yield* validateSeries(event)
  for (const field of unchanging)
    yield* immutable(event[field], before[field], field === 'reportingComponent' ? 'reportingController' : field)
}
