/** Old demand is forgotten by half in five minutes of ten seconds each (upstream: seatDemandSmoothingCoefficient). */
const kept = 0.977

/** How many seats a level has wanted, over time. */
export class Demand {
  #sum = 0
  #squares = 0
  #ms = 0
  #peak = 0
  #smoothed = 0

  /** So many were wanted, for so long. */
  add(seats: number, ms: number): void {
    this.#sum += seats * ms
    this.#squares += seats * seats * ms
    this.#ms += ms
    this.#peak = Math.max(this.#peak, seats)
  }

  /** What it comes to since it was last asked: at once as high as wanted, and only slowly lower. */
  report(): { readonly peak: number; readonly smoothed: number } {
    if (this.#ms > 0) {
      const mean = this.#sum / this.#ms
      const envelope = mean + Math.sqrt(Math.max(0, this.#squares / this.#ms - mean * mean))
      this.#smoothed = Math.max(envelope, kept * this.#smoothed + (1 - kept) * envelope)
    }
    const peak = this.#peak
    this.#sum = this.#squares = this.#ms = this.#peak = 0
    return { peak, smoothed: this.#smoothed }
  }
}
