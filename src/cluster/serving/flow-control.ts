import type { InFlight } from '#apiserver/flow-control/max-in-flight.ts'

/** How many requests are served at once, as upstream's flags say it. */
export interface FlowControlFlags {
  readonly enablePriorityAndFairness?: boolean
  readonly maxRequestsInflight?: number
  readonly maxMutatingRequestsInflight?: number
}

/** The seats that the levels of priority share; or, without these, those of each sort of requests. Throws a sentence where nobody could be served. */
export function readSeats(flags: FlowControlFlags): number | InFlight {
  const {
    enablePriorityAndFairness: isOn = true,
    maxRequestsInflight: some = 400,
    maxMutatingRequestsInflight: more = 200,
  } = flags
  if (!isOn) return { reading: some, mutating: more }
  if (some + more <= 0)
    throw new Error('--max-requests-inflight and --max-mutating-requests-inflight leave priority and fairness no seat')
  return some + more
}
