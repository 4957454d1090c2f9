import { Namespace, Pod } from '#api/core/v1.ts'
import { type Admission, about, type Review, refused } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { isRecord } from '#machinery/clone.ts'
import { labelValue, qualifiedName } from '#machinery/names.ts'

type Labels = Readonly<Record<string, string>>

const annotation = 'scheduler.alpha.kubernetes.io/node-selector'

/** Pods of a namespace go to the nodes that the namespace, or the configuration, says (upstream: PodNodeSelector). Throws for a configuration that makes no sense. */
export function podNodeSelector(reader: Reader, configuration: unknown): Admission {
  const configured = selectorsOf(configuration)
  const selectorIn = async (namespace: string): Promise<Labels> => {
    const key = { namespace: '', name: namespace }
    const found = reader.get(Namespace, key) ?? (await reader.live(Namespace, key))
    const said = found?.metadata.annotations?.[annotation]
    return parse(said ?? configured.clusterDefaultNodeSelector ?? '')
  }
  const conflict = (review: Review, text: string): Error => refused(review, text)
  return {
    name: 'PodNodeSelector',
    concerns: about([Pod], ['CREATE']),

    async default(review) {
      const { spec } = review.object as Pod
      const wanted = await selectorIn(review.key.namespace)
      for (const [key, value] of Object.entries(wanted))
        if ((spec.nodeSelector?.[key] ?? value) !== value)
          throw conflict(review, 'pod node label selector conflicts with its namespace node label selector')
      if (Object.keys(wanted).length > 0) spec.nodeSelector = { ...wanted, ...spec.nodeSelector }
    },

    validate(review) {
      const { namespace } = review.key
      if (configured[namespace] === undefined) return
      const allowed = parse(configured[namespace])
      const asked = Object.entries((review.object as Pod).spec.nodeSelector ?? {})
      if (asked.some(([key, value]) => allowed[key] !== value))
        throw conflict(review, 'pod node label selector labels conflict with its namespace whitelist')
    },
  }
}

function selectorsOf(configuration: unknown): Labels {
  if (configuration === undefined) return {}
  const said = isRecord(configuration) ? configuration.podNodeSelectorPluginConfig : undefined
  if (!isRecord(said)) throw new Error('podNodeSelectorPluginConfig: must be an object')
  for (const [name, selector] of Object.entries(said)) {
    if (typeof selector !== 'string') throw new Error(`podNodeSelectorPluginConfig.${name}: must be a text`)
    parse(selector)
  }
  return said as Labels
}

/** `a=b,c=d`. Throws for what is no label. */
function parse(text: string): Labels {
  const found: Record<string, string> = {}
  for (const part of text.split(',').map(each => each.trim())) {
    if (part === '') continue
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/.exec(part) ?? []
    const problems = [...qualifiedName(key), ...labelValue(value)]
    if (problems.length > 0) throw new Error(`invalid node selector "${part}": ${problems.join(', ')}`)
    found[key] = value
  }
  return found
}
