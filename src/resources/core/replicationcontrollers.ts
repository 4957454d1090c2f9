import { ReplicationController } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { scale } from '#apiserver/subresources/scale.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { selectorFromLabels } from '#machinery/labels.ts'
import { validateReplicaCounts } from '#resources/apps/status.ts'
import { validateEndless } from '#resources/apps/template.ts'
import { nonNegatives } from '#resources/checks.ts'
import { age, containerColumns, integer, labelsText, name, text, wide } from '#resources/columns.ts'
import { defaultPodTemplate } from './pod-spec/defaults.ts'
import { validatePodTemplate } from './pod-spec/validate.ts'
import { warnOfName, warnOfTemplate } from './pod-spec/warnings.ts'

const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const

export default resource(ReplicationController, {
  shortNames: ['rc'],
  categories: ['all'],
  status: true,
  generation: true,
  storagePath: 'controllers',
  defaultPropagation: 'Orphan',
  subresources: { scale: scale(({ spec }) => selectorFromLabels(spec.selector).toString()) },
  fields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  columns: [
    name,
    integer('Desired', ({ spec }) => spec.replicas),
    integer('Current', ({ status }) => status?.replicas),
    integer('Ready', ({ status }) => status?.readyReplicas),
    age,
    ...containerColumns<ReplicationController>(({ spec }) => spec.template),
    wide(text('Selector', ({ spec }) => labelsText(spec.selector))),
  ],

  default(controller) {
    const spec = (controller.spec ??= {})
    spec.replicas ??= 1
    const labels = spec.template?.metadata?.labels
    if (labels) {
      if (!Object.keys(spec.selector ?? {}).length) spec.selector = { ...labels }
      if (!Object.keys(controller.metadata.labels ?? {}).length) controller.metadata.labels = { ...labels }
    }
    if (spec.template) defaultPodTemplate(spec.template)
  },

  prepare(controller, before) {
    if (!before) controller.status = { replicas: 0 }
  },

  *warn({ metadata, spec }, before) {
    if (!before) yield* warnOfName(metadata.name)
    yield* warnOfTemplate(spec?.template, before?.spec?.template, 'spec.template')
  },

  *validate({ spec }) {
    const { selector = {}, template } = spec
    const isEmpty = Object.keys(selector).length === 0
    yield* nonNegatives(spec, 'spec', ['minReadySeconds'])
    if (isEmpty) yield required('spec.selector')
    yield* nonNegatives(spec, 'spec', ['replicas'])
    if (!template) {
      yield required('spec.template')
      return
    }
    const labels = template.metadata?.labels
    if (!isEmpty && !selectorFromLabels(selector).matches(labels)) {
      yield invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')
    }
    yield* validatePodTemplate(template, 'spec.template')
    yield* validateEndless(template, 'ReplicationController', 'spec.template')
  },

  *validateStatus({ status = { replicas: 0 } }) {
    yield* nonNegatives(status, 'status', ['replicas', ...counts, 'observedGeneration'])
    yield* validateReplicaCounts(status, counts, 'readyReplicas')
  },
})
