/** Who is asking: what authentication found out (authentication.k8s.io UserInfo). */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
  /** What the audit is to know of how they have proved who they are. */
  readonly notes?: Readonly<Record<string, string>>
}

/** What a request does, as authorization sees it. For requests outside the API's resources only `verb` and `path` count. */
export interface Attributes {
  readonly verb: string
  readonly path: string
  readonly isResource: boolean
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** What follows the subresource in the path: `proxy/…`. */
  readonly rest?: string
  /** What a list, a watch or a deletion of a collection is narrowed to, as it was written. */
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

/** What a request brings to prove who it is from. */
export interface Credentials {
  /** The path asked for: some paths are open to people who show nothing. */
  readonly path: string
  /** The bearer token. */
  readonly token?: string | undefined
  readonly certificate?: ClientCertificate | undefined
  /** Names and values in turn, as they came: what a front proxy says of its client. */
  readonly headers: readonly string[]
}

/** A certificate that a client has shown, and whose key it has proved to hold. */
export interface ClientCertificate {
  readonly commonName: string
  readonly organizations: readonly string[]
  /** The subject's attribute 1.3.6.1.4.1.57683.2. */
  readonly uid?: string
  /** Of the whole certificate, in hexadecimal digits. */
  readonly sha256: string
  /** When it ends, in milliseconds since 1970. */
  readonly validUntil: number
  /** Which of our authorities vouch for it; none: it is not believed. */
  readonly authorities: readonly ('client' | 'front-proxy')[]
}

/**
 * Who is this? Nothing means: I cannot tell, ask the next one. Throws Unauthorized for credentials that are wrong.
 * A promise only where it must be: this is on every request's path.
 */
export type Authenticator = (credentials: Credentials) => User | undefined | Promise<User | undefined>

/** Whose a token is, and for which of the audiences asked for it is meant. */
export interface Bearer {
  readonly user: User
  readonly audiences: readonly string[]
}

/** Whose token is this? It must be meant for one of the audiences. Nothing: I do not know it. Throws Unauthorized for one that is mine, and wrong. */
export type TokenAuthenticator = (token: string, audiences: readonly string[]) => Promise<Bearer | undefined>

/** What an authorizer thinks. */
export interface Verdict {
  readonly decision: 'allow' | 'deny' | 'no opinion'
  /** Why, in words that whoever asks may read; often none. */
  readonly reason: string
  /** What went wrong while it was found out. */
  readonly error?: string
}

/** May they? No opinion: ask the next one. A promise only where it must be: this is on every request's path. */
export type Authorizer = (user: User, attributes: Attributes) => Verdict | Promise<Verdict>
