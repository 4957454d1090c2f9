/** What can be broken off, and says when it is over. */
interface Breakable {
  destroy(error?: Error): unknown
  once(event: 'close', listener: () => void): unknown
}

/**
 * Breaks off requests when their signal aborts. Many requests share one signal, and a signal looks through all its
 * listeners whenever one is added: so each signal gets one listener here, whatever the number of requests.
 */
export class Abortable {
  readonly #requests = new WeakMap<AbortSignal, Set<Breakable>>()

  /** Destroys the request, its answer included, when the signal aborts before it is over. */
  add(request: Breakable, signal: AbortSignal): void {
    if (signal.aborted) {
      request.destroy(signal.reason)
      return
    }
    const requests = this.#requests.get(signal) ?? this.#watch(signal)
    requests.add(request)
    request.once('close', () => requests.delete(request))
  }

  #watch(signal: AbortSignal): Set<Breakable> {
    const requests = new Set<Breakable>()
    this.#requests.set(signal, requests)
    signal.addEventListener('abort', () => {
      for (const request of requests) request.destroy(signal.reason)
    })
    return requests
  }
}
