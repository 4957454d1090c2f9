import { type Reason, StatusError } from '#api/status.ts'
import type { Hindered, Obstacle } from '#storage/storage.ts'

/** How each obstacle is answered. Upstream says 500 to all of it, which tells a client neither whose fault it is nor whether to try again. */
const answers: Readonly<Record<Obstacle, { readonly reason: Reason | 'InsufficientStorage'; readonly code?: number }>> = {
  unavailable: { reason: 'ServiceUnavailable' },
  // Without Retry-After: clients would repeat by themselves what may have happened.
  undecided: { reason: 'Timeout' },
  full: { reason: 'InsufficientStorage', code: 507 },
  'too large': { reason: 'RequestEntityTooLarge' },
  damaged: { reason: 'InternalError' },
}

/** What a client is told where the storage could not. */
export function statusOf({ obstacle, message }: Hindered): StatusError {
  const { reason, code } = answers[obstacle]
  const sentence = reason === 'InternalError' ? `Internal error occurred: ${message}` : message
  return new StatusError(reason, sentence, obstacle === 'unavailable' ? { retryAfterSeconds: 1 } : undefined, code)
}
