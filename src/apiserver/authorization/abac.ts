import type { PolicyRule } from '#api/rbac/v1.ts'
import type { Attributes, Authorizer, User } from '#apiserver/user.ts'
import { isRecord } from '#machinery/clone.ts'
import { valueName } from '#machinery/go-types.ts'
import { decode } from '#machinery/json.ts'
import { allow, noOpinionAs } from './verdicts.ts'

/** One thing that somebody may do (upstream: abac.authorization.kubernetes.io Policy). `*` stands for everything. */
export interface Policy {
  readonly user: string
  readonly group: string
  readonly readonly: boolean
  readonly apiGroup: string
  readonly resource: string
  readonly namespace: string
  readonly nonResourcePath: string
}

/** Whoever has proved who they are. */
const everybody = 'system:authenticated'

/** Allows what a policy of the file allows (upstream: pkg/auth/authorizer/abac). */
export const abac =
  (policies: readonly Policy[]): Authorizer =>
  (user, attributes) =>
    policies.some(policy => isFor(policy, user) && covers(policy, attributes)) ? allow : noOpinionAs('No policy matched.')

/** What the policies allow a user in a namespace, as rules. */
export function abacRules(policies: readonly Policy[], user: User, namespace: string): readonly PolicyRule[] {
  return policies
    .filter(policy => isFor(policy, user) && (policy.namespace === '*' || policy.namespace === namespace))
    .flatMap(({ readonly: readsOnly, apiGroup, resource, nonResourcePath }) => {
      const verbs = readsOnly ? reading : ['*']
      return [
        ...(resource ? [{ verbs, apiGroups: [apiGroup], resources: [resource] }] : []),
        ...(nonResourcePath ? [{ verbs, nonResourceURLs: [nonResourcePath] }] : []),
      ]
    })
}

const reading = ['get', 'list', 'watch']

function isFor({ user, group }: Policy, { name, groups }: User): boolean {
  if (!user && !group) return false
  return (!user || user === '*' || user === name) && (!group || group === '*' || groups.includes(group))
}

function covers(policy: Policy, { verb, isResource, namespace, resource, group, path }: Attributes): boolean {
  if (policy.readonly && !reading.includes(verb)) return false
  const fits = (wanted: string, is: string): boolean => wanted === '*' || wanted === is
  if (isResource) return fits(policy.namespace, namespace) && fits(policy.resource, resource) && fits(policy.apiGroup, group)
  const { nonResourcePath: wanted } = policy
  return wanted.endsWith('*') ? path.startsWith(wanted.replace(/\*+$/, '')) : wanted === path
}

/**
 * Reads a policy file: one JSON object a line, of v1beta1 or, where it says no version, of the form before it; lines that are empty or
 * begin with # say nothing. Throws for the first line that is none, with its number.
 */
export function readPolicies(text: string): readonly Policy[] {
  return text.split('\n').flatMap((line, at) => {
    const said = line.trim()
    if (!said || said.startsWith('#')) return []
    try {
      return [policyOf(decode(said))]
    } catch (error) {
      throw new Error(`line ${at + 1}: ${said}: ${(error as Error).message}`, { cause: error })
    }
  })
}

const version = 'abac.authorization.kubernetes.io/v1beta1'

function policyOf(said: unknown): Policy {
  if (!isRecord(said)) throw new Error(`json: cannot unmarshal ${valueName(said)} into Go value of type v0.Policy`)
  const { apiVersion, kind, spec = {} } = said
  if (apiVersion === undefined && kind === undefined) return unversioned(fieldsOf(said, 'Policy.'))
  if (!kind) throw new Error(`Object 'Kind' is missing in '${JSON.stringify(said)}'`)
  if (!apiVersion) throw new Error(`Object 'apiVersion' is missing in '${JSON.stringify(said)}'`)
  if (apiVersion !== version || kind !== 'Policy') throw new Error(`no kind "${kind}" is registered for version "${apiVersion}"`)
  if (!isRecord(spec))
    throw new Error(`json: cannot unmarshal ${valueName(spec)} into Go struct field Policy.spec of type v1beta1.PolicySpec`)
  const policy = fieldsOf(spec, 'PolicySpec.spec.')
  return isForAll(policy) ? { ...policy, group: everybody } : policy
}

/** The form without a version: what it leaves out, it allows. */
function unversioned(policy: Policy): Policy {
  const { user, group, namespace, resource } = policy
  return {
    ...policy,
    group: isForAll(policy) || (!user && !group) ? everybody : group,
    namespace: namespace || '*',
    resource: resource || '*',
    apiGroup: '*',
    nonResourcePath: namespace || resource ? '' : '*',
  }
}

const isForAll = ({ user, group }: Policy): boolean => user === '*' || group === '*'

function fieldsOf(said: Readonly<Record<string, unknown>>, where: string): Policy {
  const typed = <T extends string | boolean>(field: keyof Policy, otherwise: T): T => {
    const value = said[field] ?? otherwise
    if (typeof value === typeof otherwise) return value as T
    const wanted = typeof otherwise === 'boolean' ? 'bool' : 'string'
    throw new Error(`json: cannot unmarshal ${valueName(value)} into Go struct field ${where}${field} of type ${wanted}`)
  }
  return {
    user: typed('user', ''),
    group: typed('group', ''),
    readonly: typed('readonly', false),
    apiGroup: typed('apiGroup', ''),
    resource: typed('resource', ''),
    namespace: typed('namespace', ''),
    nonResourcePath: typed('nonResourcePath', ''),
  }
}
