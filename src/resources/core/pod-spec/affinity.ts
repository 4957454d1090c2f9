import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { validateSelector } from '#machinery/labels.ts'
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '#machinery/names.ts'
import { each } from '#resources/checks.ts'
import { validateLabelKeys } from './label-keys.ts'

const must = 'requiredDuringSchedulingIgnoredDuringExecution'
const should = 'preferredDuringSchedulingIgnoredDuringExecution'

/** Checks near what a pod wants to run, and far from what. */
export function* validateAffinity(affinity: Affinity | undefined, path: string): Generator<Cause> {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {}
  if (nodeAffinity) {
    const at = `${path}.nodeAffinity`
    if (nodeAffinity[must]) yield* validateNodeSelector(nodeAffinity[must], `${at}.${must}`)
    yield* each(nodeAffinity[should], `${at}.${should}`, function* ({ weight, preference }, termAt) {
      yield* validateWeight(weight, termAt)
      yield* validateNodeTerm(preference ?? {}, `${termAt}.preference`, false)
    })
  }
  if (podAffinity) yield* validatePodAffinity(podAffinity, `${path}.podAffinity`)
  if (podAntiAffinity) yield* validatePodAffinity(podAntiAffinity, `${path}.podAntiAffinity`)
}

/** Checks a choice of nodes. */
export function* validateNodeSelector(selector: NodeSelector, path: string): Generator<Cause> {
  if (!selector.nodeSelectorTerms?.length)
    yield required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')
  yield* each(selector.nodeSelectorTerms, `${path}.nodeSelectorTerms`, (term, at) => validateNodeTerm(term, at, true))
}

function* validateNodeTerm(term: NodeSelectorTerm, path: string, checkValues: boolean): Generator<Cause> {
  yield* each(term.matchExpressions, `${path}.matchExpressions`, (requirement, at) =>
    validateByLabel(requirement, at, checkValues),
  )
  yield* each(term.matchFields, `${path}.matchFields`, validateByField)
}

function* validateByLabel(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
  checkValues: boolean,
): Generator<Cause> {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) yield required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) yield forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) yield required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")
  } else yield invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator')
  yield* invalidEach(`${path}.key`, key ?? '', qualifiedName(key ?? ''))
  if (checkValues) yield* each(values, `${path}.values`, (value, at) => invalidEach(at, value, labelValue(value)))
}

function* validateByField({ key, operator, values = [] }: NodeSelectorRequirement, path: string): Generator<Cause> {
  if (operator !== 'In' && operator !== 'NotIn')
    yield invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator')
  else if (values.length !== 1)
    yield required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
  if (key !== 'metadata.name') yield invalidValue(`${path}.key`, key ?? '', 'not a valid field selector key')
  else yield* each(values, `${path}.values`, (value, at) => invalidEach(at, value, dns1123Subdomain(value)))
}

function* validatePodAffinity(affinity: PodAffinity, path: string): Generator<Cause> {
  yield* each(affinity[must], `${path}.${must}`, validatePodTerm)
  yield* each(affinity[should], `${path}.${should}`, function* ({ weight, podAffinityTerm }, at) {
    yield* validateWeight(weight, at)
    yield* validatePodTerm(podAffinityTerm ?? { topologyKey: '' }, `${at}.podAffinityTerm`)
  })
}

function* validatePodTerm(term: PodAffinityTerm, path: string): Generator<Cause> {
  yield* validateSelector(term.labelSelector, `${path}.labelSelector`)
  yield* validateSelector(term.namespaceSelector, `${path}.namespaceSelector`)
  for (const namespace of term.namespaces ?? []) yield* invalidEach(`${path}.namespace`, namespace, dns1123Label(namespace))
  yield* validateLabelKeys(term, path)
  if (!term.topologyKey) yield required(`${path}.topologyKey`, 'can not be empty')
  yield* invalidEach(`${path}.topologyKey`, term.topologyKey ?? '', qualifiedName(term.topologyKey ?? ''))
}

function* validateWeight(weight: number | undefined, path: string): Generator<Cause> {
  if (!weight || weight < 0 || weight > 100) yield invalidValue(`${path}.weight`, weight ?? 0, 'must be in the range 1-100')
}
