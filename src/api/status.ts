import { type Kind, qualified } from './kind.ts'

/** Why a field was refused, in metav1.CauseType's words. */
export type CauseReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueNotSupported'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'NamespaceTerminating'
  | 'DisruptionBudget'
  | 'ResourceVersionTooLarge'
  | 'UnexpectedServerResponse'
  | 'ExitCode'
  | 'FieldManagerConflict'

/** One rejected field: `message` is already upstream's sentence, e.g. `Required value` or `Invalid value: "A": must be …`. */
export interface Cause {
  readonly reason: CauseReason
  readonly message: string
  /** `spec.containers[0].name` */
  readonly field: string
}

/** Every way a request can fail, and the HTTP code that says so (apimachinery's metav1.StatusReason). */
const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
  ServerTimeout: 500,
} as const

export type Reason = keyof typeof codes

/** metav1.StatusDetails. */
export interface Details {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: readonly Cause[]
  retryAfterSeconds?: number
}

/** metav1.Status, the body of every refusal. */
export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: object
  status: 'Success' | 'Failure'
  message?: string
  reason?: string
  details?: Details
  code?: number
}

/** The one error the API speaks: thrown deep, answered once as metav1.Status. The client throws it again on its side. */
export class StatusError extends Error {
  readonly reason: Reason | (string & {})
  readonly code: number
  readonly details: Details | undefined
  /** metav1.ListMeta of the Status: where a list that expired may go on all the same. */
  readonly metadata: { readonly continue?: string }

  constructor(
    reason: Reason | (string & {}),
    message: string,
    details?: Details,
    code: number = codes[reason as Reason] ?? 500,
    metadata: StatusError['metadata'] = {},
  ) {
    super(message)
    this.name = 'StatusError'
    this.reason = reason
    this.details = details
    this.code = code
    this.metadata = metadata
  }

  /** The error as the body of an answer. */
  get status(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.metadata,
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.code,
    }
  }
}

/** Whether something thrown is a StatusError with this reason. */
export const isReason = (error: unknown, reason: Reason): error is StatusError =>
  error instanceof StatusError && error.reason === reason

const about = (kind: Pick<Kind, 'group' | 'plural'>, name: string): Details => ({
  name,
  ...(kind.group && { group: kind.group }),
  kind: kind.plural,
})

export const notFound = (kind: Kind, name: string): StatusError =>
  new StatusError('NotFound', `${qualified(kind)} "${name}" not found`, about(kind, name))

export const alreadyExists = (kind: Kind, name: string): StatusError =>
  new StatusError('AlreadyExists', `${qualified(kind)} "${name}" already exists`, about(kind, name))

/** Optimistic locking failed: the object that was changed is not the newest one. */
export const conflict = (
  kind: Kind,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): StatusError =>
  new StatusError('Conflict', `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`, about(kind, name))

export const badRequest = (message: string): StatusError => new StatusError('BadRequest', message)

/** The object was understood but its fields are wrong. */
export function invalid(kind: Pick<Kind, 'group' | 'kind'>, name: string, causes: readonly Cause[]): StatusError {
  // What is said twice is said once in the text, though both causes are listed.
  const said = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))]
  const list = said.length === 1 ? said[0] : `[${said.join(', ')}]`
  const type = kind.group ? `${kind.kind}.${kind.group}` : kind.kind
  return new StatusError('Invalid', `${type} "${name}" is invalid: ${list}`, {
    ...(name && { name }),
    ...(kind.group && { group: kind.group }),
    ...(kind.kind && { kind: kind.kind }),
    causes,
  })
}
