import { StatusError } from '#api/status.ts'
import { answerText } from '#apiserver/answer/answer.ts'
import type { Answer, Request } from '#apiserver/request/request.ts'

/** What is to be known of a request to give it its turn. */
type Asked = Pick<Request, 'attributes' | 'user' | 'signal' | 'raw' | 'body'>

/** Answers a request when it is its turn, or says that there are too many. */
export type Turns = <R extends Asked>(asked: R, answer: (asked: R) => Promise<Answer | undefined>) => Promise<Answer | undefined>

/** One of the places at which requests are answered. */
export interface Seat {
  /** Whether there is one; a promise only for who has to wait. Whoever has taken one must leave it. */
  take(): boolean | Promise<boolean>
  leave(): void
}

const sentence = 'Too many requests, please try again later.'
const refusal = answerText(429, `${sentence}\n`)
const tooMany: Answer = { ...refusal, headers: { ...refusal.headers, 'retry-after': '1' } }

/** Answers a request in a seat, which it gives up while it waits for a body that does not come: or those who send slowly had them all. */
export async function seated<R extends Asked>(
  seat: Seat,
  asked: R,
  answer: (asked: R) => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  const taken = seat.take()
  if (taken !== true && !(await taken)) return tooMany
  let isSeated = true
  const body = async (): Promise<Buffer> => {
    if (asked.raw.complete) return asked.body()
    isSeated = false
    seat.leave()
    const bytes = await asked.body()
    isSeated = await seat.take()
    if (!isSeated) throw new StatusError('TooManyRequests', sentence, { retryAfterSeconds: 1 })
    return bytes
  }
  try {
    return await answer(asked.raw.complete ? asked : { ...asked, body })
  } finally {
    if (isSeated) seat.leave()
  }
}
