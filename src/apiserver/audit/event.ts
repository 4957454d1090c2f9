import type { Status } from '#api/status.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import type { Level, Stage } from './policy.ts'

/** What is written down at one stage of a request (audit.k8s.io/v1 Event). */
export interface AuditEvent {
  readonly kind: 'Event'
  readonly apiVersion: 'audit.k8s.io/v1'
  readonly level: Level
  readonly auditID: string
  readonly stage: Stage
  readonly requestURI: string
  readonly verb: string
  readonly user: UserInfo
  readonly impersonatedUser?: UserInfo
  readonly sourceIPs?: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: ObjectRef
  readonly responseStatus?: Omit<Partial<Status>, 'kind' | 'apiVersion'>
  readonly requestObject?: unknown
  readonly responseObject?: unknown
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations?: Readonly<Record<string, string>>
}

interface UserInfo {
  readonly username?: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

interface ObjectRef {
  readonly resource?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly apiGroup?: string
  readonly apiVersion?: string
  readonly resourceVersion?: string
  readonly subresource?: string
}

/** Somebody, as an event names them; nobody, where nobody is known. */
export const userInfo = (user: User | undefined): UserInfo =>
  user
    ? { username: user.name, ...(user.uid && { uid: user.uid }), groups: user.groups, ...(user.extra && { extra: user.extra }) }
    : {}

/** What a request is about. What its path does not tell, a new object's name above all, its body may. */
export function objectRef(attributes: Attributes, body: unknown): ObjectRef | undefined {
  if (!attributes.isResource) return undefined
  const { metadata = {} } = (body ?? {}) as { metadata?: Record<string, string | undefined> }
  const { resource, group, version, subresource } = attributes
  return dropEmpty({
    resource,
    namespace: attributes.namespace || metadata?.namespace,
    name: attributes.name || metadata?.name,
    uid: metadata?.uid,
    apiGroup: group,
    apiVersion: version,
    resourceVersion: metadata?.resourceVersion,
    subresource,
  })
}

const dropEmpty = (texts: { readonly [K in keyof ObjectRef]: string | undefined }): ObjectRef =>
  Object.fromEntries(Object.entries(texts).filter(([, value]) => typeof value === 'string' && value !== ''))

/** An object, or a list of them, without metadata.managedFields. */
export function withoutManagedFields(value: unknown): unknown {
  const object = value as { metadata?: { managedFields?: unknown }; items?: unknown } | null
  if (typeof object !== 'object' || object === null) return value
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  return {
    ...object,
    ...(object.metadata && { metadata }),
    ...(Array.isArray(object.items) && { items: object.items.map(withoutManagedFields) }),
  }
}
