import type { PolicyRule } from '#api/rbac/v1.ts'
import type { Attributes, Authorizer, User, Verdict } from '#apiserver/user.ts'
import type { Grant, Grants } from './grants.ts'
import { concernsResource, ruleAllows } from './rules.ts'
import { noOpinion } from './verdicts.ts'

/** What is known of one question, whatever the name of the object: for each name, and for all others. */
interface Concluded {
  readonly named: ReadonlyMap<string, Verdict>
  readonly otherwise: Verdict
}

/** How many conclusions of one user are remembered. */
const remembered = 4000
/** And of how many users. */
const users = 1000

/**
 * Role-based access control from the stored roles and bindings (upstream: plugin/pkg/auth/authorizer/rbac). What may be done to
 * a kind in a namespace is concluded once, and again only when a role or binding has changed.
 */
export function rbac(grants: Grants): Authorizer {
  const known = new Map<string, Map<string, Concluded>>()
  let generation = -1
  return (user, attributes) => {
    if (!attributes.isResource) return ofPath(grants.of(user), attributes)
    if (generation !== grants.generation || known.size > users) {
      generation = grants.generation
      known.clear()
    }
    const conclusions = memberOf(known, `${user.name}\n${user.groups.join('\n')}`, () => new Map<string, Concluded>())
    if (conclusions.size > remembered) conclusions.clear()
    const { verb, group, resource, subresource, namespace } = attributes
    const question = `${verb} ${group} ${resource} ${subresource} ${namespace}`
    const { named, otherwise } = memberOf(conclusions, question, () => concluded(grants.of(user), attributes))
    return named.get(attributes.name) ?? otherwise
  }
}

/** All rules that hold for a user in a namespace (empty: only those that hold everywhere), and what could not be found out. */
export function rulesFor(
  grants: Grants,
  user: User,
  namespace: string,
): { rules: readonly PolicyRule[]; errors: readonly string[] } {
  const here = grants.of(user).filter(grant => grant.namespace === '' || grant.namespace === namespace)
  return { rules: here.flatMap(({ rules }) => rules), errors: here.flatMap(({ missing }) => missing ?? []) }
}

function concluded(grants: readonly Grant[], attributes: Attributes): Concluded {
  const named = new Map<string, Verdict>()
  const here = grants.filter(({ namespace }) => namespace === '' || namespace === attributes.namespace)
  for (const { rules, source } of here)
    for (const rule of rules) {
      if (!concernsResource(rule, attributes)) continue
      const allowed = allowedBy(source)
      if (!rule.resourceNames?.length) return { named, otherwise: allowed }
      for (const name of rule.resourceNames) if (!named.has(name)) named.set(name, allowed)
    }
  return { named, otherwise: refusalOf(here) }
}

function ofPath(grants: readonly Grant[], attributes: Attributes): Verdict {
  const everywhere = grants.filter(({ namespace }) => namespace === '')
  for (const { rules, source } of everywhere) if (rules.some(rule => ruleAllows(rule, attributes))) return allowedBy(source)
  return refusalOf(everywhere)
}

const allowedBy = (source: string): Verdict => ({ decision: 'allow', reason: `RBAC: allowed by ${source}` })

/** A role that is bound but not there may be what was missing. */
function refusalOf(grants: readonly Grant[]): Verdict {
  const missing = [...new Set(grants.flatMap(grant => grant.missing ?? []))]
  if (missing.length === 0) return noOpinion
  return { decision: 'no opinion', reason: `RBAC: ${missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`}` }
}

function memberOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
