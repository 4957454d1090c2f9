/** One way to lock values away, with one key. What it makes is what upstream's provider of the name makes. */
export interface Provider {
  /** What a value begins with that this has locked: `k8s:enc:aesgcm:v1:key1:`. Empty: it is not locked. */
  readonly prefix: string
  /** `about` is the key of the storage, to which aesgcm binds a value so that nobody can put it elsewhere. */
  seal(value: Uint8Array, about: string): Uint8Array
  /** Without the prefix. Throws where the key is another, or anything was altered. */
  open(sealed: Uint8Array, about: string): Uint8Array
}

/** What every value that is locked begins with. */
export const locked = 'k8s:enc:'

/** Leaves values as they are. Upstream: identity. */
export const identity: Provider = {
  prefix: '',
  seal: value => value,
  open(value) {
    if (Buffer.from(value.subarray(0, locked.length)).toString('latin1') === locked)
      throw new Error('identity transformer tried to read encrypted data')
    return value
  },
}
