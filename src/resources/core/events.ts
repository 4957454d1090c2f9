import { Event } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { dns1123Subdomain, qualifiedName } from '#machinery/names.ts'
import { ageOf } from '#machinery/time.ts'
import { name, text, wide } from '#resources/columns.ts'

export default resource(Event, {
  shortNames: ['ev'],
  createOnUpdate: true,
  fields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || reportingComponent || '',
    type: ({ type }) => type ?? '',
  },
  columns: [
    text('Last Seen', (event, now) =>
      ageOf(event.series ? event.series.lastObservedTime : event.lastTimestamp || firstSeen(event), now),
    ),
    text('Type', ({ type }) => type ?? ''),
    text('Reason', ({ reason }) => reason ?? ''),
    text('Object', ({ involvedObject: { kind = '', name: object } }) =>
      object ? `${kind.toLowerCase()}/${object}` : kind.toLowerCase(),
    ),
    wide(text('Subobject', ({ involvedObject }) => involvedObject.fieldPath ?? '')),
    wide(text('Source', sourceText)),
    text('Message', ({ message }) => message?.trim() ?? ''),
    wide(text('First Seen', (event, now) => ageOf(firstSeen(event), now))),
    wide(text('Count', ({ series, count }) => (series ? series.count : count) || 1)),
    wide(name),
  ],

  default(event) {
    event.involvedObject ??= {}
    event.source ??= {}
    event.reportingComponent ??= ''
    event.reportingInstance ??= ''
  },

  *validate(event) {
    const { metadata, involvedObject, eventTime } = event
    const about = involvedObject.namespace ?? ''
    // Events about what has no namespace lie in the default one; newer ones may lie in kube-system too.
    const homes = eventTime ? ['default', 'kube-system'] : ['', 'default']
    const misplaced = about ? !eventTime && metadata.namespace !== about : !homes.includes(metadata.namespace ?? '')
    if (misplaced) yield invalidValue('involvedObject.namespace', about, 'does not match event.namespace')
    if (eventTime) yield* validateNewEvent(event)
    yield* invalidEach('namespace', metadata.namespace ?? '', dns1123Subdomain(metadata.namespace ?? ''))
  },
})

const firstSeen = ({ firstTimestamp, eventTime }: Event): string | undefined => firstTimestamp || eventTime || undefined

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || ''
  const host = source?.host || reportingInstance || ''
  return host ? `${component}, ${host}` : component
}

const longest = { reportingInstance: 128, action: 128, reason: 128, message: 1024 } as const

/** Events of the newer API say more, and must. */
function* validateNewEvent(event: Event): Generator<Cause> {
  const { reportingComponent = '' } = event
  // Upstream's internal type calls it so.
  if (!reportingComponent) yield required('reportingController')
  yield* invalidEach('reportingController', reportingComponent, qualifiedName(reportingComponent))
  for (const [field, max] of Object.entries(longest) as [keyof typeof longest, number][]) {
    const value = event[field] ?? ''
    if (!value && field !== 'message') yield required(field)
    if (Buffer.byteLength(value) > max) yield invalidValue(field, '', `can have at most ${max} characters`)
  }
}
