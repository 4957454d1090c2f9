/** Where a part of the cluster says what it does. The composition root decides where it goes. */
export interface Log {
  debug(message: string, fields?: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

/** Says nothing: for tests and for callers who do not care. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
