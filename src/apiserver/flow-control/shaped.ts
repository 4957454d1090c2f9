import { isLongRunning } from '#apiserver/request/long-running.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { Flow } from './flow.ts'
import type { FlowControl } from './flow-control.ts'
import { seated, type Turns } from './turns.ts'

/**
 * Answers a request when its flow has a seat for it, or says that there are too many (upstream: filters/priority-and-fairness.go).
 * The seat is held until the answer is made: for a watch, which then goes on, until it is understood. What takes long by its nature has none.
 */
export const shaped =
  (control: FlowControl): Turns =>
  async (asked, answer) => {
    const { attributes, user, signal } = asked
    if (attributes.verb !== 'watch' && isLongRunning(attributes)) return answer(asked)
    const flow = control.flowOf(user, attributes)
    const { level } = flow
    const take = (): boolean | Promise<boolean> => level.begin() || level.wait(flow.idOf(user, attributes), signal)
    return marked(await seated({ take, leave: () => level.leave() }, asked, answer), flow)
  }

const marked = (answer: Answer | undefined, { headers }: Flow): Answer | undefined =>
  answer && { ...answer, headers: { ...answer.headers, ...headers } }
