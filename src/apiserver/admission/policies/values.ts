import type { Namespace } from '#api/core/v1.ts'
import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Review } from '#apiserver/admission/admission.ts'
import { type Decision, Query, type Question } from '#machinery/cel/functions/authorizer.ts'
import { jsonValue } from '#machinery/cel/json-value.ts'
import type { Value } from '#machinery/cel/value.ts'

/** What the expressions of a policy see of a request; the parameters are still to be added. */
export function valuesOf(
  review: Review,
  namespace: Readonly<Namespace> | undefined,
  decide: (asked: Question) => Decision,
): Record<string, Value> {
  const { resource, subresource, key, object, before } = review
  const query = new Query(decide)
  return {
    object: jsonValue(object),
    oldObject: jsonValue(before),
    request: jsonValue(requestOf(review)),
    namespaceObject: jsonValue(namespace && shown(namespace)),
    authorizer: query,
    'authorizer.requestResource': query.saying('ResourceCheck', {
      group: resource.kind.group,
      resource: resource.kind.plural,
      subresource,
      namespace: key.namespace,
      name: key.name,
    }),
  }
}

function requestOf({ resource, subresource, key, operation, user, dryRun, propagation }: Review): object {
  const { group, version, plural } = resource.kind
  const kind = kindOf(resource.subresources?.[subresource]?.kind ?? resource.kind)
  const named = { group, version, resource: plural }
  return {
    kind,
    resource: named,
    subResource: subresource,
    requestKind: kind,
    requestResource: named,
    requestSubResource: subresource,
    name: key.name,
    namespace: key.namespace,
    operation,
    userInfo: { username: user.name, uid: user.uid ?? '', groups: user.groups, extra: user.extra ?? {} },
    dryRun,
    options: {
      kind: optionKinds[operation],
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun && { dryRun: ['All'] }),
      ...(propagation && { propagationPolicy: propagation }),
    },
  }
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions', CONNECT: '' }

const kindOf = ({ group, version, kind }: Pick<Kind, 'group' | 'version' | 'kind'>): object => ({ group, version, kind })

/** A namespace without what is nobody's business. */
function shown({ metadata, ...namespace }: Readonly<Namespace>): KubeObject {
  const { managedFields: _, ownerReferences: __, ...rest } = metadata
  return { ...namespace, metadata: rest }
}
