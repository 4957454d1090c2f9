import type { MatchResources, NamedRuleWithOperations } from '#api/admissionregistration/v1.ts'
import { Namespace } from '#api/core/v1.ts'
import { type Kind, qualified } from '#api/kind.ts'
import type { Place, Review } from '#apiserver/admission/admission.ts'
import { selectorOf } from '#machinery/labels.ts'

/** Which requests a policy or its binding is about (upstream: admission/plugin/policy/matching). */
export class Matching {
  readonly #review: Review
  readonly #kinds: readonly Kind[]
  readonly #namespace: Readonly<Namespace> | undefined

  /** `versions`: all in which the kind is served. `namespace`: that of the object. */
  constructor(review: Review, versions: readonly Kind[], namespace: Readonly<Namespace> | undefined) {
    this.#review = review
    this.#kinds = versions
    this.#namespace = namespace
  }

  /** Whether it is about the request; no word on it means: about all. */
  matches({
    namespaceSelector,
    objectSelector,
    resourceRules = [],
    excludeResourceRules = [],
    matchPolicy,
  }: MatchResources = {}): boolean {
    const kinds = matchPolicy === 'Exact' ? [this.#review.resource.kind] : this.#kinds
    const hits = (rule: NamedRuleWithOperations): boolean => kinds.some(kind => this.#isOf(rule, kind))
    return (
      this.#inNamespace(namespaceSelector) &&
      this.#isSelected(objectSelector) &&
      !excludeResourceRules.some(hits) &&
      (resourceRules.length === 0 || resourceRules.some(hits))
    )
  }

  #inNamespace(wanted: MatchResources['namespaceSelector']): boolean {
    const selector = selectorOf(wanted ?? {})
    const { resource, object, before } = this.#review
    if (selector.requirements.length === 0) return true
    if (qualified(resource.kind) === qualified(Namespace)) return selector.matches((object ?? before)?.metadata.labels)
    return !this.#namespace || selector.matches(this.#namespace.metadata.labels)
  }

  #isSelected(wanted: MatchResources['objectSelector']): boolean {
    const selector = selectorOf(wanted ?? {})
    if (selector.requirements.length === 0) return true
    const { object, before } = this.#review
    return [object, before].some(each => each && selector.matches(each.metadata.labels))
  }

  #isOf(rule: NamedRuleWithOperations, { group, version, plural, scope }: Kind): boolean {
    const { operation, subresource, key } = this.#review
    const { apiGroups = [], apiVersions = [], operations = [], resources = [], resourceNames = [] } = rule
    return (
      has(operations, operation) &&
      has(apiGroups, group) &&
      has(apiVersions, version) &&
      resources.some(each => isNamed(each, plural, subresource)) &&
      (!rule.scope || rule.scope === '*' || rule.scope === (plural === 'namespaces' ? 'Cluster' : scope)) &&
      (resourceNames.length === 0 || resourceNames.includes(key.name))
    )
  }
}

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)

/** `pods`, `pods/*`, `*` for all of them, `/*` for all doors. */
function isNamed(named: string, plural: string, subresource: string): boolean {
  const [resource, door = ''] = named.split('/')
  return (resource === '*' || resource === plural) && (door === '*' || door === subresource)
}

/** What no policy is about: policies themselves, and questions. */
export const isExempt = ({ resource: { kind } }: Place): boolean =>
  kind.group === 'authentication.k8s.io' ||
  kind.group === 'authorization.k8s.io' ||
  (kind.group === 'admissionregistration.k8s.io' && /admissionpolic/.test(kind.plural))
