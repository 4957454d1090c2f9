/** Wakes all who wait for news, at once. */
export class Bell {
  readonly #ears = new Set<Ear>()

  ring(): void {
    for (const ear of this.#ears) ear.wake()
  }

  /** Listens until `close`. A signal is listened to once, however often one waits: many watches share it. */
  listen(signal: AbortSignal): Ear {
    const ear = new Ear(signal, () => this.#ears.delete(ear))
    this.#ears.add(ear)
    return ear
  }
}

/** One who listens to a bell and to a signal. */
class Ear {
  readonly #signal: AbortSignal
  readonly #forget: () => void
  #waiting: (() => void) | undefined
  readonly wake = (): void => {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }

  constructor(signal: AbortSignal, forget: () => void) {
    this.#signal = signal
    this.#forget = forget
    signal.addEventListener('abort', this.wake)
  }

  /** Resolves at the next ring or when the signal aborts; at once if it has. Never rejects. One waits at a time. */
  next(): Promise<void> {
    if (this.#signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      this.#waiting = resolve
    })
  }

  /** Leaves nothing behind, on the bell or on the signal. */
  close(): void {
    this.#forget()
    this.#signal.removeEventListener('abort', this.wake)
  }
}
