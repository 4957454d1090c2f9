import type { Kind } from '#api/kind.ts'
import type { KubeObject } from '#api/object.ts'
import type { Cause } from '#api/status.ts'
import type { Answer, Request } from './request/request.ts'
import type { User } from './user.ts'

export type ResourceVerb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch'

/**
 * Everything the API server must know to serve one kind. A built-in kind is a Resource
 * written down in src/resources; a CustomResourceDefinition is one made at run time.
 * What is left out has the default said here.
 */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>
  /** Default: the kind in lower case. */
  readonly singular?: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  /** Default: all of them. */
  readonly verbs?: readonly ResourceVerb[]
  /** What `kubectl get` shows. Default: Name and Created At. */
  readonly columns?: readonly Column<T>[]
  /** The order of the rows of `kubectl get`. Default: that of the keys. */
  rowOrder?(a: T, b: T): number
  /** What `fieldSelector` may select on, besides metadata.name and metadata.namespace. */
  readonly fields?: Readonly<Record<string, (object: T) => string>>
  /** Whether status is written through a door of its own, and the main door leaves it alone. */
  readonly status?: boolean
  /** Whether metadata.generation counts the changes of the spec. */
  readonly generation?: boolean
  /** Another kind as which objects of this one are stored: of which this is one more version. Default: none, it is stored as it is. */
  readonly conversion?: Conversion<T>
  /** A sentence that warns everybody who uses the kind. */
  readonly deprecated?: string
  /** Whether a finalizer must be a well-known one or bear a domain. Built-in kinds' must, custom resources' need not. */
  readonly knownFinalizers?: boolean
  /** Where objects lie in storage, under /registry/. Default: the plural. */
  readonly storagePath?: string
  /** What becomes of dependents when a delete does not say. Default: background. */
  readonly defaultPropagation?: 'Background' | 'Orphan'
  /** Whether a delete that takes effect at once answers the object instead of a Status. */
  readonly returnsDeleted?: boolean
  /** Whether an update may create the object (upstream's AllowCreateOnUpdate). */
  readonly createOnUpdate?: boolean
  /** Whether an update must say which resourceVersion it changes (upstream's AllowUnconditionalUpdate: false). */
  readonly conditionalUpdate?: boolean
  /**
   * What a door takes back of what clients write, besides what all do (the main door the status, the status door the spec), as paths. So nobody
   * comes to own it there. Of metadata it is taken back at the status door by the machinery, of the rest by `prepare`.
   */
  readonly resets?: Readonly<Record<string, readonly string[]>>
  /** How this kind's names are checked. Default: a DNS-1123 subdomain. Yields messages. */
  readonly validateName?: (name: string, prefix: boolean) => Iterable<string>
  /** Answers what is posted instead of storing it: access reviews, token reviews. Such a kind takes `create` and nothing else. */
  answer?(request: Request): Promise<Answer | undefined>
  /** Doors besides status: scale, binding, log … by the name in the URL. */
  readonly subresources?: Readonly<Record<string, Subresource<T>>>

  /** Fills in what the client left out, and only that. Runs on objects as they come in, after the static defaults of the schema. */
  default?(object: T, before: T | undefined): void
  /** Takes back what is not the client's to say. `before` is missing when the object is new. Status is already kept by the machinery. */
  prepare?(object: T, before: T | undefined, write: Circumstances): void
  /** Says what is wrong with an object, field by field. Metadata is checked by the machinery. */
  validate?(object: T, before: T | undefined): Iterable<Cause>
  /** The same at the status door. */
  prepareStatus?(object: T, before: T, write: Circumstances): void
  validateStatus?(object: T, before: T): Iterable<Cause>
  /** Sentences for the Warning header. */
  warn?(object: T, before: T | undefined): Iterable<string>
  /** How long a deleted object may take to end, in seconds, given what the delete asked for. Default: it is gone at once. */
  gracePeriodSeconds?(object: T, asked: number | undefined): number
  /** Whether something other than metadata.finalizers still holds a deleted object (a namespace's spec.finalizers). */
  held?(object: T): boolean
  /** Marks an object whose deletion begins (a namespace becomes Terminating). */
  terminating?(object: T): void
}

/** Who writes, and when. */
export interface Circumstances {
  readonly user: User
  readonly now: Date
}

/** How a version of a kind is made of the stored one, and that of it. Pure; what comes out may share parts with what goes in. */
export interface Conversion<T extends KubeObject = KubeObject, S extends KubeObject = KubeObject> {
  /** The stored kind. */
  readonly stored: Kind<S>
  to(object: T): S
  from(stored: S): T
  /** What this version asks of an object besides what the stored one does. */
  validate?(stored: S, before: S | undefined): Iterable<Cause>
}

/** One column of the table that kubectl prints. `priority` 1 shows with -o wide only. */
export interface Column<T> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  readonly priority?: number
  value(object: T, now: Date): string | number | boolean | null | undefined
}

/** A door to an object besides the main one. */
export interface Subresource<T extends KubeObject = KubeObject> {
  /** What goes in and comes out here: Scale, Binding, TokenRequest; the kind itself where left out. */
  readonly kind?: Pick<Kind, 'group' | 'version' | 'kind'>
  /** Verbs as discovery lists them; POST is create, PUT is update. */
  readonly verbs: readonly ('get' | 'create' | 'update' | 'patch' | 'delete')[]
  /** The fields that this door writes, and no others, as paths; `*` is any item. Default: all but what `resets` says. */
  readonly writes?: readonly string[]
  /** Whether what the door shows has managers of its own: a Scale has those of spec.replicas. */
  readonly scales?: boolean
  /** Whether what comes out is nobody's to choose, as with logs. Default: of connections, whose kinds are named `…Options`. */
  readonly raw?: boolean
  /** Reads through the door. */
  get?(object: T): KubeObject | Record<string, unknown>
  /** Writes through the door: the changed object, given the current one and what came in. The write is validated as an update. */
  put?(current: T, body: KubeObject): T
  /** Whether a write through this door answers a Status (binding) instead of the object. */
  readonly answersStatus?: boolean
  /** Takes back what is not for this door to say, like Resource.prepare. */
  prepare?(object: T, before: T, write: Circumstances): void
  /** Validates a write through this door, instead of Resource.validate. */
  validate?(object: T, before: T): Iterable<Cause>
  /** Whether `handle` is given every method, and every path below the door (proxy). */
  readonly passesOn?: boolean
  /** Does something that is more than a write (eviction, token, log, exec). Nothing returned: the connection was taken over. */
  handle?(request: Request, admit: Admit): Promise<Answer | undefined>
}

/** Lets admission judge what a door that does more than write is about to do, given what was posted to it. */
export type Admit = (object?: KubeObject, dryRun?: boolean) => Promise<void>

/**
 * Writes down a Resource, every hook typed by its kind. From here on the machinery handles
 * KubeObject and needs no type parameter: this is the one place where T is let go.
 */
export const resource = <T extends KubeObject>(kind: Kind<T>, rest: Omit<Resource<NoInfer<T>>, 'kind'>): Resource =>
  ({ kind, knownFinalizers: true, ...rest }) as unknown as Resource
