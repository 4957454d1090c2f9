import { type ServiceError, status } from '@grpc/grpc-js'
import { Hindered } from '#storage/storage.ts'

/** What a failed call tells of its request: it never reached etcd, it may have, or etcd has answered it. */
export type Fate = 'unsent' | 'unsure' | 'answered'

/** What etcd says (api/v3rpc/rpctypes) that we must tell apart. */
const words = {
  compacted: 'etcdserver: mvcc: required revision has been compacted',
  future: 'etcdserver: mvcc: required revision is a future revision',
  space: 'etcdserver: mvcc: database space exceeded',
  tooLarge: 'etcdserver: request is too large',
  noLeader: 'etcdserver: no leader',
  tooMany: 'etcdserver: too many requests',
} as const

/** What became of the request. Only where it is sure that etcd never took it up may a write be sent again. */
export function fateOf({ code, details }: ServiceError): Fate {
  if (details === words.noLeader || details === words.tooMany) return 'unsent'
  if (code === status.UNAVAILABLE)
    return /^(No connection established|Name resolution failed)/.test(details) ? 'unsent' : 'unsure'
  // grpc-js tells how long each stage took, and at the end which one it still waited for: `name resolution: 0.001s` is one that is over.
  if (code === status.DEADLINE_EXCEEDED)
    return /\bwaiting for (name resolution|metadata filters|LB pick)\b/i.test(details) ? 'unsent' : 'unsure'
  const broken = code === status.CANCELLED || code === status.INTERNAL || code === status.UNKNOWN
  return broken ? 'unsure' : 'answered'
}

export const isCompacted = (error: unknown): boolean => (error as ServiceError).details === words.compacted
export const isFuture = (error: unknown): boolean => (error as ServiceError).details === words.future

/** An answer that is a refusal, in the words of a storage. What the caller must look at himself stays what it is. */
export function refusalOf(error: ServiceError, where: string): Error {
  if (error.details === words.space) return new Hindered('full', words.space, { cause: error })
  if (error.details === words.tooLarge) return new Hindered('too large', words.tooLarge, { cause: error })
  if (error.code === status.UNAUTHENTICATED || error.code === status.PERMISSION_DENIED)
    return new Hindered('unavailable', `the etcd at ${where} refuses this client: ${error.details}`, { cause: error })
  return error
}

/** What gRPC and TLS say, and what that means for who has to mend it. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [/^Deadline exceeded/, 'nothing came in time'],
  [/Protocol error|Failed to connect/, 'what listens there hangs up: it is no etcd, or expects https'],
  [/disconnected before secure TLS connection/, 'what listens there speaks no TLS'],
  [/alert (bad certificate|certificate required|unknown ca)/, 'it does not take the client certificate, or misses one'],
  [/unable to (verify|get)|self-signed certificate/, 'its certificate is signed by none of the CA it was to be signed by'],
  [/certificate's altnames/, 'its certificate is for another name or address'],
]

/** What stands behind an error, for people: what it means where that is known, or else the socket's words rather than gRPC's. */
export function reasonOf({ details }: ServiceError): string {
  const [, meaning] = meanings.find(([words]) => words.test(details)) ?? []
  if (meaning) return meaning
  return details.replace(/^No connection established\. Last error: (Error: )?/, '').replace(/\. Resolution note: $/, '')
}
