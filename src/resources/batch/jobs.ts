import { Job } from '#api/batch/v1.ts'
import type { PodTemplateSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { validateSelector } from '#machinery/labels.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Label } from '#machinery/names.ts'
import { humanDuration } from '#machinery/time.ts'
import { validateMatch } from '#resources/apps/template.ts'
import { age, containerColumns, name, selectorText, text, wide } from '#resources/columns.ts'
import { warnOfName } from '#resources/core/pod-spec/warnings.ts'
import { defaultJobTemplate, validateJobSpec, warnOfJobSpec } from './job-spec.ts'
import { validateJobStatus } from './job-status.ts'

type Spec = NonNullable<Job['spec']>

const uidLabel = 'batch.kubernetes.io/controller-uid'
const nameLabel = 'batch.kubernetes.io/job-name'

export default resource(Job, {
  categories: ['all'],
  status: true,
  generation: true,
  defaultPropagation: 'Orphan',
  fields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  columns: [
    name,
    text('Status', statusText),
    text('Completions', ({ spec, status }) => {
      const done = status?.succeeded ?? 0
      if (spec?.completions !== undefined) return `${done}/${spec.completions}`
      return (spec?.parallelism ?? 0) > 1 ? `${done}/1 of ${spec?.parallelism}` : `${done}/1`
    }),
    text('Duration', ({ status }, now) => {
      if (!status?.startTime) return ''
      const end = status.completionTime ? new Date(status.completionTime) : now
      return humanDuration(end.getTime() - new Date(status.startTime).getTime())
    }),
    age,
    ...containerColumns<Job>(({ spec }) => spec?.template),
    wide(text('Selector', ({ spec }) => selectorText(spec?.selector))),
  ],

  default(job) {
    const spec = (job.spec ??= {} as Spec)
    defaultJobTemplate(spec)
    if (spec.parallelism === undefined) spec.completions ??= 1
    spec.parallelism ??= 1
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647
    spec.completionMode ??= 'NonIndexed'
    spec.suspend ??= false
    spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
    spec.manualSelector ??= false
    const labels = spec.template.metadata?.labels
    if (labels && !Object.keys(job.metadata.labels ?? {}).length) job.metadata.labels = { ...labels }
  },

  prepare(job, before) {
    if (before) return
    job.status = {}
    if (!job.spec?.manualSelector) selectByUid(job)
  },

  *warn({ metadata, spec }, before) {
    if (before) return
    yield* warnOfName(metadata.name)
    if (spec) yield* warnOfJobSpec(spec, undefined, 'spec')
  },

  *validate({ metadata, spec = {} as Spec }, before) {
    if (!before) yield* validateGeneratedSelector({ metadata, spec })
    yield* validateJobSpec(spec, 'spec')
    if (!spec.selector) yield required('spec.selector')
    else yield* validateSelector(spec.selector, 'spec.selector')
    yield* validateMatch(spec.selector, spec.template, 'spec.template')
    if (before) yield* validateUpdate(spec, before.spec ?? ({} as Spec))
    if (before || spec.completionMode !== 'Indexed' || !spec.completions || spec.completions < 0) return
    const last = `${metadata.name}-${spec.completions - 1}`
    if (dns1123Label(last).length) {
      yield invalidValue('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${last}`)
    }
  },

  validateStatus: validateJobStatus,
})

/** Gives the pods labels that no other job's pods have, and selects by them. The unprefixed ones are older. */
function selectByUid({ metadata, spec }: Job): void {
  const name = metadata.name ?? ''
  const uid = metadata.uid ?? ''
  const template = spec!.template
  const labels = { 'job-name': name, [nameLabel]: name, 'controller-uid': uid, [uidLabel]: uid, ...template.metadata?.labels }
  template.metadata = { ...template.metadata, labels }
  spec!.selector = { ...spec!.selector, matchLabels: { [uidLabel]: uid, ...spec!.selector?.matchLabels } }
}

function* validateGeneratedSelector({ metadata, spec }: Pick<Job, 'metadata' | 'spec'>): Generator<Cause> {
  if (!spec || spec.manualSelector || !spec.selector) return
  if (!metadata.uid) yield required('metadata.uid')
  const expected: Record<string, string | undefined> = {
    'controller-uid': metadata.uid,
    'job-name': metadata.name,
    [uidLabel]: metadata.uid,
    [nameLabel]: metadata.name,
  }
  const labels = spec.template.metadata?.labels ?? {}
  for (const [key, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${key}]`
    if (labels[key] === undefined) yield required(path, `must be '${value}'`)
    else if (labels[key] !== value) yield invalidValue(path, labels, `must be '${value}'`)
  }
  const { matchLabels = {}, matchExpressions = [] } = spec.selector
  const own = Object.entries(matchLabels).every(([key, value]) => expected[key] === value)
  if (!own || matchExpressions.length) yield invalidValue('spec.selector', spec.selector, '`selector` not auto-generated')
}

function* validateUpdate(spec: Spec, before: Spec): Generator<Cause> {
  if (spec.completionMode !== 'Indexed') yield* immutable(spec.completions, before.completions, 'spec.completions')
  else if (
    !equal(spec.completions, before.completions) &&
    spec.completions !== undefined &&
    spec.completions !== spec.parallelism
  ) {
    yield invalidValue('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')
  }
  yield* immutable(spec.selector, before.selector, 'spec.selector')
  // What decides where pods go may change until the first one was made.
  if (before.suspend) yield* immutable(placed(spec.template), placed(before.template), 'spec.template')
  else yield* immutable(spec.template, before.template, 'spec.template')
  for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const) {
    yield* immutable(spec[field], before[field], `spec.${field}`)
  }
}

/** The part of a template that does not change while a job is suspended. */
function placed({ metadata, spec }: PodTemplateSpec): unknown {
  const {
    affinity,
    nodeSelector,
    tolerations,
    schedulingGates,
    containers = [],
    initContainers = [],
    ...rest
  } = spec ?? { containers: [] }
  const { nodeAffinity, ...otherAffinity } = affinity ?? {}
  const { labels, annotations, ...otherMetadata } = metadata ?? {}
  const withoutResources = [...containers, ...initContainers].map(({ resources, ...container }) => container)
  return { ...rest, metadata: otherMetadata, affinity: otherAffinity, containers: withoutResources }
}

function statusText({ metadata, status }: Job): string {
  const has = (type: string) => status?.conditions?.some(condition => condition.type === type && condition.status === 'True')
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (metadata.deletionTimestamp) return 'Terminating'
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(has) ?? 'Running'
}
