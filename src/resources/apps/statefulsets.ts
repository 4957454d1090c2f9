import { StatefulSet } from '#api/apps/v1.ts'
import type { PodTemplateSpec } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { scale } from '#apiserver/subresources/scale.ts'
import { forbidden, invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { selectorOf } from '#machinery/labels.ts'
import { dns1123Label } from '#machinery/names.ts'
import { atMost100Percent, each, intOrPercent, isZero, namedIfSet, nonNegatives, oneOfIfSet } from '#resources/checks.ts'
import { age, containerColumns, name, text } from '#resources/columns.ts'
import { defaultPersistentVolumeClaimSpec } from '#resources/core/persistentvolumeclaim-defaults.ts'
import { validateClaimSpec } from '#resources/core/persistentvolumeclaim-validation.ts'
import { defaultPodTemplate } from '#resources/core/pod-spec/defaults.ts'
import { validatePodTemplate } from '#resources/core/pod-spec/validate.ts'
import { warnOfTemplate } from '#resources/core/pod-spec/warnings.ts'
import { validateCollisions, validateReplicaCounts } from './status.ts'
import { validateEndless, validateMatch, validateWorkloadSelector } from './template.ts'

type Spec = StatefulSet['spec']
type RollingUpdate = NonNullable<NonNullable<Spec['updateStrategy']>['rollingUpdate']>

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

const counts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const

export default resource(StatefulSet, {
  shortNames: ['sts'],
  categories: ['all'],
  status: true,
  generation: true,
  subresources: { scale: scale(set => selectorOf(set.spec.selector).toString()) },
  columns: [
    name,
    text('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    age,
    ...containerColumns<StatefulSet>(({ spec }) => spec.template),
  ],

  default(set) {
    const spec = (set.spec ??= {} as Spec)
    defaultPodTemplate((spec.template ??= { spec: { containers: [] } }))
    spec.podManagementPolicy ||= 'OrderedReady'
    const strategy = (spec.updateStrategy ??= {})
    if (!strategy.type) {
      strategy.type = 'RollingUpdate'
      strategy.rollingUpdate ??= {}
    }
    if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0
    const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {})
    retention.whenDeleted ||= 'Retain'
    retention.whenScaled ||= 'Retain'
    spec.replicas ??= 1
    spec.revisionHistoryLimit ??= 10
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ||= 'v1'
      claim.kind ||= 'PersistentVolumeClaim'
      defaultPersistentVolumeClaimSpec((claim.spec ??= {}))
      claim.status = { phase: 'Pending', ...claim.status }
    }
  },

  prepare(set, before) {
    if (!before) set.status = { replicas: 0 }
  },

  *validate({ spec }, before) {
    yield* validatePolicies(spec, 'spec')
    if (!before) {
      yield* each(spec.volumeClaimTemplates, 'spec.volumeClaimTemplates', (claim, at) =>
        validateClaimSpec(claim.spec, `${at}.spec`),
      )
      yield* namedIfSet(spec.serviceName, 'spec.serviceName', dns1123Label)
    }
    yield* nonNegatives(spec, 'spec', ['replicas', 'minReadySeconds'])
    if (spec.ordinals) yield* nonNegatives(spec.ordinals, 'spec.ordinals', ['start'])
    yield* validateWorkloadSelector(spec.selector, 'statefulset', 'spec.selector')
    const template = withClaimVolumes(spec)
    yield* validateMatch(spec.selector, template, 'spec.template')
    yield* validatePodTemplate(template, 'spec.template')
    yield* validateEndless(template, 'StatefulSet', 'spec.template')
    if (before && !equal(essence(spec), essence(before.spec))) {
      const list = changeable.map(field => `'${field}'`)
      const detail = `updates to statefulset spec for fields other than ${list.slice(0, -1).join(', ')} and ${list.at(-1)} are forbidden`
      yield forbidden('spec', detail)
    }
  },

  *warn({ spec }, before) {
    yield* warnOfTemplate(spec.template, before?.spec.template, 'spec.template')
  },

  *validateStatus({ status = { replicas: 0 } }, before) {
    yield* nonNegatives(status, 'status', ['replicas', ...counts, 'observedGeneration', 'collisionCount'])
    yield* validateReplicaCounts(status, counts, 'status.readyReplicas')
    yield* validateCollisions(status.collisionCount, before.status?.collisionCount)
  },
})

const essence = (spec: Spec): Partial<Spec> =>
  Object.fromEntries(Object.entries(spec).filter(([field]) => !(changeable as readonly string[]).includes(field)))

/** The template as its pods will have it: with a volume for each claim, under the claim's name. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: Spec): PodTemplateSpec {
  const volumes = volumeClaimTemplates.map(({ metadata }) => {
    const claim = metadata?.name ?? ''
    return { name: claim, persistentVolumeClaim: { claimName: claim } }
  })
  const claimed = new Set(volumes.map(volume => volume.name))
  const { hostname, subdomain, ...spec } = template.spec ?? { containers: [] }
  return {
    ...template,
    spec: { ...spec, volumes: [...volumes, ...(spec.volumes ?? []).filter(volume => !claimed.has(volume.name))] },
  }
}

function* validatePolicies(spec: Spec, path: string): Generator<Cause> {
  const { podManagementPolicy, updateStrategy = {}, persistentVolumeClaimRetentionPolicy: retention } = spec
  if (!podManagementPolicy) yield required(`${path}.podManagementPolicy`)
  else if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel') {
    yield invalidValue(`${path}.podManagementPolicy`, podManagementPolicy, "must be 'OrderedReady' or 'Parallel'")
  }
  const { type, rollingUpdate } = updateStrategy
  if (type === 'OnDelete') {
    if (rollingUpdate)
      yield invalidValue(`${path}.updateStrategy.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")
  } else if (type === 'RollingUpdate') yield* validateRollingUpdate(rollingUpdate ?? {}, `${path}.updateStrategy.rollingUpdate`)
  else if (!type) yield required(`${path}.updateStrategy`)
  else yield invalidValue(`${path}.updateStrategy`, updateStrategy, "must be 'RollingUpdate' or 'OnDelete'")
  for (const event of ['whenDeleted', 'whenScaled'] as const) {
    const at = `${path}.persistentVolumeClaimRetentionPolicy.${event}`
    if (retention) yield* oneOfIfSet(retention[event] ?? ('' as never), at, ['Retain', 'Delete'])
  }
}

function* validateRollingUpdate({ partition, maxUnavailable }: RollingUpdate, path: string): Generator<Cause> {
  yield* nonNegatives({ partition }, path, ['partition'])
  if (maxUnavailable === undefined) return
  const at = `${path}.maxUnavailable`
  yield* intOrPercent(maxUnavailable, at)
  if (isZero(maxUnavailable)) yield invalidValue(at, maxUnavailable, 'cannot be 0')
  yield* atMost100Percent(maxUnavailable, at)
}
