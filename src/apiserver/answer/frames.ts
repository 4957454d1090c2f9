/** Events of a watch, each as it is framed for HTTP, and in one piece: made once for all who are told just these. */
export class Frames {
  readonly each: readonly Uint8Array[]
  #joined: Uint8Array | undefined

  constructor(each: readonly Uint8Array[]) {
    this.each = each
  }

  get joined(): Uint8Array {
    return (this.#joined ??= this.each.length === 1 ? this.each[0]! : Buffer.concat(this.each))
  }
}
