import { ReplicaSet } from '#api/apps/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { scale } from '#apiserver/subresources/scale.ts'
import { selectorOf } from '#machinery/labels.ts'
import { immutable } from '#machinery/metadata.ts'
import { nonNegatives } from '#resources/checks.ts'
import { age, containerColumns, integer, name, selectorText, text, wide } from '#resources/columns.ts'
import { defaultPodTemplate } from '#resources/core/pod-spec/defaults.ts'
import { warnOfName, warnOfTemplate } from '#resources/core/pod-spec/warnings.ts'
import { validateReplicaCounts } from './status.ts'
import { validateEndlessTemplate, validateWorkloadSelector } from './template.ts'

const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const

export default resource(ReplicaSet, {
  shortNames: ['rs'],
  categories: ['all'],
  status: true,
  generation: true,
  subresources: { scale: scale(set => selectorOf(set.spec.selector).toString()) },
  fields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  columns: [
    name,
    integer('Desired', ({ spec }) => spec.replicas),
    integer('Current', ({ status }) => status?.replicas),
    integer('Ready', ({ status }) => status?.readyReplicas),
    age,
    ...containerColumns<ReplicaSet>(({ spec }) => spec.template),
    wide(text('Selector', ({ spec }) => selectorText(spec.selector))),
  ],

  default(set) {
    const spec = (set.spec ??= {} as ReplicaSet['spec'])
    spec.replicas ??= 1
    defaultPodTemplate((spec.template ??= { spec: { containers: [] } }))
  },

  prepare(set, before) {
    if (!before) set.status = { replicas: 0 }
  },

  *validate({ spec }, before) {
    yield* nonNegatives(spec, 'spec', ['replicas', 'minReadySeconds'])
    yield* validateWorkloadSelector(spec.selector, 'deployment', 'spec.selector')
    yield* validateEndlessTemplate({ ...spec, template: spec.template! }, 'ReplicaSet', 'spec.template')
    if (before) yield* immutable(spec.selector, before.spec.selector, 'spec.selector')
  },

  *warn({ metadata, spec }, before) {
    if (!before) yield* warnOfName(metadata.name)
    yield* warnOfTemplate(spec.template, before?.spec.template, 'spec.template')
  },

  *validateStatus({ status = { replicas: 0 } }) {
    yield* nonNegatives(status, 'status', ['replicas', ...counts, 'terminatingReplicas', 'observedGeneration'])
    yield* validateReplicaCounts(status, counts, 'readyReplicas')
  },
})
