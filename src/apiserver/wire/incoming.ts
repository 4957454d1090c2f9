import type { Request } from '#apiserver/request/request.ts'
import type { User } from '#apiserver/user.ts'

/** A request as it comes from the wire, before anyone knows what it is. */
export interface Incoming extends Pick<Request, 'method' | 'query' | 'headers' | 'signal' | 'raw' | 'upgrade' | 'body' | 'warn'> {
  readonly path: string
  /** The Audit-Id: the client's, or one of our own. */
  readonly id: string
  /** Nobody waits for what is still done for it: aborts the signal. */
  leave(): void
  /** Who asks. Throws Unauthorized. */
  authenticate(): Promise<User>
}
