/** What came back. The body must be read to its end or its iteration broken off: either gives the connection back. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: AsyncIterable<Uint8Array>
}
