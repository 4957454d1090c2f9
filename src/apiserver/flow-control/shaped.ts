import { answerText } from '#apiserver/answer/answer.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import type { Flow } from './flow.ts'
import type { FlowControl } from './flow-control.ts'

interface Asked {
  readonly user: User
  readonly attributes: Attributes
  readonly signal: AbortSignal
}

/**
 * Answers a request when its flow has a seat for it, or says that there are too many (upstream: filters/priority-and-fairness.go).
 * The seat is held until the answer is made: for a watch, which then goes on, until it is understood. What takes long by its nature has none.
 */
export async function shaped(
  control: FlowControl,
  { user, attributes, signal }: Asked,
  answer: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  if (isLongRunning(attributes)) return answer()
  const flow = control.flowOf(user, attributes)
  const { level } = flow
  if (!level.begin() && !(await level.wait(flow.idOf(user, attributes), signal))) return marked(tooMany, flow)
  try {
    return marked(await answer(), flow)
  } finally {
    level.leave()
  }
}

const longDoors = new Set(['attach', 'exec', 'proxy', 'log', 'portforward'])

/** Whether a request takes as long as its client wants (upstream: BasicLongRunningRequestCheck); of a watch only the rest does. */
const isLongRunning = ({ verb, isResource, subresource, path }: Attributes): boolean =>
  verb === 'proxy' || (isResource ? longDoors.has(subresource) : path.startsWith('/debug/pprof/'))

const refusal = answerText(429, 'Too many requests, please try again later.\n')
const tooMany: Answer = { ...refusal, headers: { ...refusal.headers, 'retry-after': '1' } }

const marked = (answer: Answer | undefined, { headers }: Flow): Answer | undefined =>
  answer && { ...answer, headers: { ...answer.headers, ...headers } }
