/** Who is asking: what authentication found out (authentication.k8s.io UserInfo). */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
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
  /** The bearer token. */
  readonly token?: string
  /** The client certificate's subject (CN and O), and whether TLS found it signed by the client CA and in date. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[]; readonly verified: boolean }
}

/** Who is this? Nothing means: I cannot tell, ask the next one. Throws Unauthorized for credentials that are wrong. */
export type Authenticator = (credentials: Credentials) => Promise<User | undefined>

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
