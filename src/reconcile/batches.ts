/**
 * Does something `count` times, first once, then with twice as many side by side each time, so that what always fails
 * fails cheaply. Stops after a batch in which something failed, and throws the first failure of it.
 */
export async function inBatches(count: number, act: (index: number) => Promise<void>): Promise<void> {
  for (let done = 0, size = 1; done < count; done += size, size *= 2) {
    const batch = Array.from({ length: Math.min(size, count - done) }, (_, index) => act(done + index))
    const failed = (await Promise.allSettled(batch)).find(({ status }) => status === 'rejected')
    if (failed) throw (failed as PromiseRejectedResult).reason
  }
}
