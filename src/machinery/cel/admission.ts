import type { Environment } from './compile.ts'
import { functions } from './functions/index.ts'
import { bool, dyn, int, list, map, object, opaque, string, type Type, texts, timestamp } from './type.ts'

/** What there is besides the object, the request and the namespace. */
export interface Offer {
  /** The type of objects, where it is known beforehand. */
  readonly object?: Type
  /** The type of parameters; missing: there are none. */
  readonly params?: Type
  readonly authorizer: boolean
  /** The types of named expressions; default: there are none. */
  readonly variables?: Readonly<Record<string, Type>>
}

const labels = map(string, string)

const kind = object('kubernetes.GroupVersionKind', texts('group', 'version', 'kind'))
const resource = object('kubernetes.GroupVersionResource', texts('group', 'version', 'resource'))

const request = object('kubernetes.AdmissionRequest', {
  kind,
  resource,
  requestKind: kind,
  requestResource: resource,
  ...texts('subResource', 'requestSubResource', 'name', 'namespace', 'operation'),
  userInfo: object('kubernetes.UserInfo', {
    ...texts('username', 'uid'),
    groups: list(string),
    extra: map(string, list(string)),
  }),
  dryRun: bool,
  options: dyn,
})

const namespaceObject = object('kubernetes.Namespace', {
  metadata: object('kubernetes.NamespaceMetadata', {
    ...texts('name', 'generateName', 'namespace', 'UID', 'resourceVersion'),
    labels,
    annotations: labels,
    creationTimestamp: timestamp,
    deletionTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    generation: int,
    finalizers: list(string),
  }),
  spec: object('kubernetes.NamespaceSpec', { finalizers: list(string) }),
  status: object('kubernetes.NamespaceStatus', {
    phase: string,
    conditions: list(
      object('kubernetes.NamespaceCondition', { ...texts('status', 'type', 'message', 'reason'), lastTransitionTime: timestamp }),
    ),
  }),
})

/** What expressions of policies and webhooks are about (upstream: apiserver/pkg/admission/plugin/cel). */
export const admissionEnvironment = ({ object: subject = dyn, params, authorizer, variables }: Offer): Environment => ({
  functions,
  variables: {
    object: subject,
    oldObject: subject,
    request,
    namespaceObject,
    ...(params && { params }),
    ...(authorizer && {
      authorizer: opaque('kubernetes.authorization.Authorizer'),
      'authorizer.requestResource': opaque('kubernetes.authorization.ResourceCheck'),
    }),
    ...(variables && { variables: object('kubernetes.variables', variables) }),
  },
})
