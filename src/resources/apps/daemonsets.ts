import { DaemonSet } from '#api/apps/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue, notSupported, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { immutable } from '#machinery/metadata.ts'
import { atMost100Percent, intOrPercent, isZero, nonNegatives } from '#resources/checks.ts'
import { age, containerColumns, integer, labelsText, name, selectorText, text, wide } from '#resources/columns.ts'
import { defaultPodTemplate } from '#resources/core/pod-spec/defaults.ts'
import { warnOfTemplate } from '#resources/core/pod-spec/warnings.ts'
import { validateCollisions } from './status.ts'
import { validateEndlessTemplate, validateWorkloadSelector } from './template.ts'

type Strategy = NonNullable<DaemonSet['spec']['updateStrategy']>

/** Where the number of template changes is kept that older clients knew as a field. */
const templateGeneration = 'deprecated.daemonset.template.generation'

const noPods = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 }

export default resource(DaemonSet, {
  shortNames: ['ds'],
  categories: ['all'],
  status: true,
  generation: true,
  columns: [
    name,
    integer('Desired', ({ status }) => status?.desiredNumberScheduled),
    integer('Current', ({ status }) => status?.currentNumberScheduled),
    integer('Ready', ({ status }) => status?.numberReady),
    integer('Up-to-date', ({ status }) => status?.updatedNumberScheduled),
    integer('Available', ({ status }) => status?.numberAvailable),
    text('Node Selector', ({ spec }) => labelsText(spec.template?.spec?.nodeSelector)),
    age,
    ...containerColumns<DaemonSet>(({ spec }) => spec.template),
    wide(text('Selector', ({ spec }) => selectorText(spec.selector))),
  ],

  default(set) {
    const spec = (set.spec ??= {} as DaemonSet['spec'])
    defaultPodTemplate((spec.template ??= { spec: { containers: [] } }))
    spec.revisionHistoryLimit ??= 10
    const strategy = (spec.updateStrategy ??= {})
    strategy.type ||= 'RollingUpdate'
    if (strategy.type === 'RollingUpdate') strategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...strategy.rollingUpdate }
  },

  prepare(set, before) {
    if (!before) set.status = { ...noPods }
    const count = Number(before?.metadata.annotations?.[templateGeneration] ?? 0)
    const changed = !before || !equal(set.spec.template, before.spec.template)
    set.metadata.annotations = { ...set.metadata.annotations, [templateGeneration]: String(changed ? count + 1 : count) }
  },

  *validate({ spec }, before) {
    yield* validateWorkloadSelector(spec.selector, 'daemonset', 'spec.selector')
    yield* validateEndlessTemplate(spec, 'DaemonSet', 'spec.template')
    yield* nonNegatives(spec, 'spec', ['minReadySeconds', 'revisionHistoryLimit'])
    yield* validateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy')
    if (before) yield* immutable(spec.selector, before.spec.selector, 'spec.selector')
  },

  *warn({ spec }, before) {
    yield* warnOfTemplate(spec.template, before?.spec.template, 'spec.template')
  },

  *validateStatus({ status = { ...noPods } }, before) {
    yield* nonNegatives(status, 'status', [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ])
    yield* validateCollisions(status.collisionCount, before.status?.collisionCount)
  },
})

function* validateStrategy({ type, rollingUpdate }: Strategy, path: string): Generator<Cause> {
  if (type === 'OnDelete') return
  if (type !== 'RollingUpdate') {
    // Upstream prints its own struct here, by its Go names.
    yield notSupported(path, { Type: type, RollingUpdate: rollingUpdate ?? null }, ['RollingUpdate', 'OnDelete'])
    return
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {}
  yield* intOrPercent(maxUnavailable, `${path}.rollingUpdate.maxUnavailable`)
  yield* intOrPercent(maxSurge, `${path}.rollingUpdate.maxSurge`)
  yield* atMost100Percent(maxUnavailable, `${path}.rollingUpdate.maxUnavailable`)
  yield* atMost100Percent(maxSurge, `${path}.rollingUpdate.maxSurge`)
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) {
    yield invalidValue(`${path}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')
  } else if (isZero(maxUnavailable) && isZero(maxSurge)) {
    yield required(`${path}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0')
  }
}
