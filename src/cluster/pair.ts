/** A certificate and its private key, PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

/** Whom a certificate is for: the user and groups it names, and, for a server, the names and addresses it answers to. */
export interface Subject {
  readonly commonName: string
  readonly organizations?: readonly string[]
  readonly hosts?: readonly string[]
}
