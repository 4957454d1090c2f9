import { Deployment } from '#api/apps/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { scale } from '#apiserver/subresources/scale.ts'
import { forbidden, invalidValue, notSupported } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { selectorOf } from '#machinery/labels.ts'
import { immutable } from '#machinery/metadata.ts'
import { atMost100Percent, intOrPercent, isZero, nonNegatives } from '#resources/checks.ts'
import { age, containerColumns, integer, name, selectorText, text, wide } from '#resources/columns.ts'
import { defaultPodTemplate } from '#resources/core/pod-spec/defaults.ts'
import { warnOfName, warnOfTemplate } from '#resources/core/pod-spec/warnings.ts'
import { validateCollisions, validateReplicaCounts } from './status.ts'
import { validateEndlessTemplate, validateWorkloadSelector } from './template.ts'

type Strategy = NonNullable<Deployment['spec']['strategy']>

const counts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const

export default resource(Deployment, {
  shortNames: ['deploy'],
  categories: ['all'],
  status: true,
  resets: { status: ['metadata.labels'] },
  generation: true,
  subresources: { scale: scale(deployment => selectorOf(deployment.spec.selector).toString()) },
  columns: [
    name,
    text('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    { ...integer('Up-to-date', ({ status }) => status?.updatedReplicas), type: 'string' },
    { ...integer('Available', ({ status }) => status?.availableReplicas), type: 'string' },
    age,
    ...containerColumns<Deployment>(({ spec }) => spec.template),
    wide(text('Selector', ({ spec }) => selectorText(spec.selector, '<invalid>'))),
  ],

  default(deployment) {
    const spec = (deployment.spec ??= {} as Deployment['spec'])
    defaultPodTemplate((spec.template ??= { spec: { containers: [] } }))
    spec.replicas ??= 1
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
    const strategy = (spec.strategy ??= {})
    strategy.type ||= 'RollingUpdate'
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...strategy.rollingUpdate }
    }
  },

  prepare(deployment, before) {
    if (!before) deployment.status = {}
    else if (!equal(deployment.metadata.annotations ?? {}, before.metadata.annotations ?? {})) {
      // Who annotates a deployment asks for something too: its replica sets are to carry it.
      deployment.metadata.generation = (before.metadata.generation ?? 0) + 1
    }
  },

  *validate({ spec }, before) {
    yield* nonNegatives(spec, 'spec', ['replicas'])
    yield* validateWorkloadSelector(spec.selector, 'deployment', 'spec.selector')
    yield* validateEndlessTemplate(spec, 'ReplicaSet', 'spec.template')
    yield* validateStrategy(spec.strategy ?? {}, 'spec.strategy')
    yield* nonNegatives(spec, 'spec', ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'])
    const deadline = spec.progressDeadlineSeconds
    if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0)) {
      yield invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')
    }
    if (before) yield* immutable(spec.selector, before.spec.selector, 'spec.selector')
  },

  *warn({ metadata, spec }, before) {
    if (!before) yield* warnOfName(metadata.name)
    yield* warnOfTemplate(spec.template, before?.spec.template, 'spec.template')
  },

  *validateStatus({ status = {} }, before) {
    yield* nonNegatives(status, 'status', [
      'observedGeneration',
      'replicas',
      ...counts,
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ])
    yield* validateReplicaCounts(status, counts, 'readyReplicas')
    yield* validateCollisions(status.collisionCount, before.status?.collisionCount)
  },
})

function* validateStrategy({ type, rollingUpdate }: Strategy, path: string): Generator<Cause> {
  if (type === 'Recreate') {
    if (rollingUpdate) yield forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")
    return
  }
  if (type !== 'RollingUpdate') {
    // Upstream prints its own struct here, by its Go names.
    yield notSupported(path, { Type: type, RollingUpdate: rollingUpdate ?? null }, ['Recreate', 'RollingUpdate'])
    return
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {}
  yield* intOrPercent(maxUnavailable, `${path}.rollingUpdate.maxUnavailable`)
  yield* intOrPercent(maxSurge, `${path}.rollingUpdate.maxSurge`)
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    yield invalidValue(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')
  }
  yield* atMost100Percent(maxUnavailable, `${path}.rollingUpdate.maxUnavailable`)
}
