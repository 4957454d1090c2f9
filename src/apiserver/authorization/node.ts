import type { PolicyRule } from '#api/rbac/v1.ts'
import type { Attributes, Authorizer, Verdict } from '#apiserver/user.ts'
import { parseFieldSelector } from '#machinery/field-selector.ts'
import { nodeOf } from './node-identity.ts'
import type { NodeRelations, Related } from './node-relations.ts'
import { ruleAllows } from './rules.ts'
import { allow, noOpinion, noOpinionAs } from './verdicts.ts'

/** How one kind is let to a node. */
type Judge = (node: string, asked: Attributes, relations: NodeRelations) => Verdict

const leases = 'kube-node-lease'
const ownVerbs = ['get', 'create', 'update', 'patch', 'delete']

/**
 * What kubelets may (upstream: plugin/pkg/auth/authorizer/node): to read what their own pods need, and to write what is about
 * themselves; all else by `rules`, which are the same for every node.
 */
export const node = (relations: NodeRelations, rules: readonly PolicyRule[]): Authorizer => {
  return (user, asked) => {
    const name = nodeOf(user)
    if (name === undefined) return noOpinion
    if (name === '') return noOpinionAs(`unknown node for user "${user.name}"`)
    const judge = asked.isResource ? judges.get(`${asked.resource}.${asked.group}`) : undefined
    if (judge) return judge(name, asked, relations)
    return rules.some(rule => ruleAllows(rule, asked)) ? allow : noOpinion
  }
}

/** Those that have to do with the node, by name. */
const related =
  (kind: Related): Judge =>
  (name, asked, relations) => {
    if (!asked.name) return noOpinionAs('No Object name found')
    if (relations.has(name, kind, asked.namespace, asked.name)) return allow
    return noOpinionAs(`no relationship found between node '${name}' and this object`)
  }

const gettable =
  (kind: Related): Judge =>
  (name, asked, relations) => {
    if (asked.verb !== 'get') return noOpinionAs('can only get individual resources of this type')
    if (asked.subresource) return noOpinionAs('cannot get subresource')
    return related(kind)(name, asked, relations)
  }

const readable =
  (kind: Related): Judge =>
  (name, asked, relations) => {
    if (!['get', 'list', 'watch'].includes(asked.verb)) return noOpinionAs('can only read resources of this type')
    if (asked.subresource) return noOpinionAs('cannot read subresource')
    if (!asked.namespace) return noOpinionAs('can only read namespaced object of this type')
    return related(kind)(name, asked, relations)
  }

const claim: Judge = (name, asked, relations) => {
  if (asked.subresource !== 'status') return gettable('persistentvolumeclaims')(name, asked, relations)
  if (!['update', 'patch'].includes(asked.verb)) return noOpinionAs('can only get/update/patch this type')
  return related('persistentvolumeclaims')(name, asked, relations)
}

const token: Judge = (name, asked, relations) => {
  if (asked.verb !== 'create' || !asked.name) return noOpinionAs('can only create tokens for individual service accounts')
  if (asked.subresource !== 'token') return noOpinionAs('can only create token subresource of serviceaccount')
  return related('serviceaccounts')(name, asked, relations)
}

const lease: Judge = (name, { verb, namespace, name: asked }) => {
  if (!ownVerbs.includes(verb)) return noOpinionAs('can only get, create, update, patch, or delete a node lease')
  if (namespace !== leases) return noOpinionAs(`can only access leases in the "${leases}" system namespace`)
  // Who creates does not say the name here: NodeRestriction looks at it.
  if (verb !== 'create' && asked !== name)
    return noOpinionAs('can only access node lease with the same name as the requesting node')
  return allow
}

const csiNode: Judge = (name, { verb, subresource, name: asked }) => {
  if (!ownVerbs.includes(verb)) return noOpinionAs('can only get, create, update, patch, or delete a CSINode')
  if (subresource) return noOpinionAs('cannot authorize CSINode subresources')
  if (verb !== 'create' && asked !== name) return noOpinionAs('can only access CSINode with the same name as the requesting node')
  return allow
}

const slice: Judge = (name, asked, relations) => {
  const { verb, subresource } = asked
  if (subresource) return noOpinionAs('cannot authorize ResourceSlice subresources')
  switch (verb) {
    case 'create':
      return allow
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return related('resourceslices')(name, asked, relations)
    case 'watch':
    case 'list':
    case 'deletecollection':
      if (isNarrowed(asked, 'spec.nodeName', name)) return allow
      return noOpinionAs('can only list/watch/deletecollection resourceslices with nodeName field selector')
    default:
      return noOpinionAs(
        'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      )
  }
}

const itself: Judge = (name, { verb, subresource, name: asked }) => {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : noOpinion
  if (subresource) return noOpinion
  if (verb === 'create' || verb === 'update' || verb === 'patch') return allow
  if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return noOpinion
  // A kubelet looks for its Node before there is one, so only the name counts.
  if (asked === name) return allow
  return noOpinionAs(
    asked
      ? `node '${name}' cannot read '${asked}', only its own Node object`
      : `node '${name}' cannot read all nodes, only its own Node object`,
  )
}

const pod: Judge = (name, asked, relations) => {
  const { verb, subresource } = asked
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : noOpinion
  if (subresource === 'eviction') return verb === 'create' ? allow : noOpinion
  if (subresource) return noOpinion
  if (verb === 'get') return gettable('pods')(name, asked, relations)
  if (verb === 'create' || verb === 'delete') return allow
  if (verb !== 'list' && verb !== 'watch') return noOpinion
  if (isNarrowed(asked, 'spec.nodeName', name)) return allow
  if (asked.name) return related('pods')(name, asked, relations)
  return noOpinionAs('can only list/watch pods with spec.nodeName field selector')
}

function isNarrowed({ fieldSelector }: Attributes, field: string, value: string): boolean {
  if (!fieldSelector) return false
  try {
    return parseFieldSelector(fieldSelector).terms.some(term => term.equal && term.field === field && term.value === value)
  } catch {
    return false
  }
}

const judges: ReadonlyMap<string, Judge> = new Map([
  ['secrets.', readable('secrets')],
  ['configmaps.', readable('configmaps')],
  ['persistentvolumeclaims.', claim],
  ['persistentvolumes.', gettable('persistentvolumes')],
  ['resourceclaims.resource.k8s.io', gettable('resourceclaims')],
  ['volumeattachments.storage.k8s.io', gettable('volumeattachments')],
  ['serviceaccounts.', token],
  ['leases.coordination.k8s.io', lease],
  ['csinodes.storage.k8s.io', csiNode],
  ['resourceslices.resource.k8s.io', slice],
  ['nodes.', itself],
  ['pods.', pod],
])
