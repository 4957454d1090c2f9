import { Namespace, Pod, type Toleration } from '#api/core/v1.ts'
import { type Admission, about, type Review, refused } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { isRecord } from '#machinery/clone.ts'
import { equal } from '#machinery/equality.ts'

/** What a namespace's annotation, or the configuration, says of tolerations. */
type List = 'defaultTolerations' | 'tolerationsWhitelist'

const prefix = 'scheduler.alpha.kubernetes.io/'
const memoryPressure: Toleration = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }

/** Pods of a namespace tolerate what it says, and no more than it allows (upstream: PodTolerationRestriction). Throws for a configuration that makes no sense. */
export function podTolerationRestriction(reader: Reader, configuration: unknown): Admission {
  const cluster = {
    defaultTolerations: listIn(configuration, 'default'),
    tolerationsWhitelist: listIn(configuration, 'whitelist'),
  }
  const listFor = async (review: Review, list: List): Promise<readonly Toleration[]> => {
    const key = { namespace: '', name: review.key.namespace }
    const found = reader.get(Namespace, key) ?? (await reader.live(Namespace, key))
    const said = found?.metadata.annotations?.[prefix + list]
    if (said === undefined) return cluster[list]
    try {
      return tolerations(JSON.parse(said || '[]'))
    } catch (error) {
      throw refused(review, `annotation ${prefix}${list} cannot be read: ${(error as Error).message}`)
    }
  }
  return {
    name: 'PodTolerationRestriction',
    concerns: about([Pod]),

    async default(review) {
      const { spec, status } = review.object as Pod
      if (review.operation === 'CREATE') {
        const given = await listFor(review, 'defaultTolerations')
        if (!spec.tolerations?.length) spec.tolerations = given.map(each => ({ ...each }))
        else {
          const conflict = given.some(each => spec.tolerations!.some(own => isAboutSame(own, each) && !equal(own, each)))
          if (conflict) throw refused(review, 'namespace tolerations and pod tolerations conflict')
          spec.tolerations.push(
            ...given.filter(each => !spec.tolerations!.some(own => equal(own, each))).map(each => ({ ...each })),
          )
        }
      }
      const tolerated = spec.tolerations?.some(each => isAboutSame(each, memoryPressure))
      if (status?.qosClass && status.qosClass !== 'BestEffort' && !tolerated)
        (spec.tolerations ??= []).push({ ...memoryPressure })
    },

    async validate(review) {
      const allowed = await listFor(review, 'tolerationsWhitelist')
      if (allowed.length === 0) return
      const asked = (review.object as Pod).spec.tolerations ?? []
      if (asked.some(each => !allowed.some(entry => isWithin(each, entry))))
        throw refused(
          review,
          'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
        )
    },
  }
}

const isAboutSame = (a: Toleration, b: Toleration): boolean => a.key === b.key && (a.effect ?? '') === (b.effect ?? '')

/** Whether one toleration tolerates nothing that another does not. */
function isWithin(one: Toleration, other: Toleration): boolean {
  const matches = (field: 'key' | 'effect'): boolean => !other[field] || one[field] === other[field]
  if (!matches('key') || !matches('effect')) return false
  if (other.operator !== 'Exists' && (one.operator === 'Exists' || (one.value ?? '') !== (other.value ?? ''))) return false
  return other.tolerationSeconds === undefined || (one.tolerationSeconds ?? Number.POSITIVE_INFINITY) <= other.tolerationSeconds
}

function listIn(configuration: unknown, name: string): readonly Toleration[] {
  if (configuration === undefined) return []
  if (!isRecord(configuration) || configuration.kind !== 'Configuration')
    throw new Error('the configuration must be a Configuration')
  return tolerations(configuration[name] ?? [])
}

function tolerations(value: unknown): readonly Toleration[] {
  if (!Array.isArray(value) || !value.every(isRecord)) throw new Error('tolerations must be a list of objects')
  return value as unknown as readonly Toleration[]
}
