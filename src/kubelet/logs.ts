import type { Pod, PodStatus } from '#api/core/v1.ts'
import type { LogOptions, Output } from './runtime.ts'

/** Which container's logs a request for a container's logs means; the text of the refusal where there are none. */
export function logsOf(
  pod: Readonly<Pod>,
  status: Readonly<PodStatus>,
  container: string,
  previous: boolean,
): { id: string } | { refusal: string } {
  const all = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ]
  const found = all.find(({ name }) => name === container)
  const what = `container "${container}" in pod "${pod.metadata.name}"`
  if (!found) return { refusal: `${what} is not available` }
  const { waiting, running, terminated } = found.state ?? {}
  const last = found.lastState?.terminated
  if (previous) return last?.containerID ? { id: last.containerID } : { refusal: `previous terminated ${what} not found` }
  if (running && found.containerID) return { id: found.containerID }
  const id = terminated ? (terminated.containerID ?? last?.containerID) : last?.containerID
  if (id) return { id }
  if (terminated ?? last) return { refusal: `${what} is terminated` }
  if (!waiting) return { refusal: `${what} is waiting to start - no logs yet` }
  const reasons: Readonly<Record<string, string>> = {
    ErrImagePull: "image can't be pulled",
    ImagePullBackOff: 'trying and failing to pull image',
  }
  return { refusal: `${what} is waiting to start: ${reasons[waiting.reason ?? ''] ?? waiting.reason ?? ''}` }
}

/** Logs as somebody wants them: of which run of a container, of which of its streams (both, where none is named), and how many bytes of that. */
export interface LogWish extends LogOptions {
  readonly previous: boolean
  readonly stream?: Output['stream']
  readonly limitBytes?: number
}

/** The bytes of a container's output that were wished for, as they come. */
export async function* bytesOf(
  output: AsyncIterable<Output>,
  { stream: only, limitBytes = Infinity }: Pick<LogWish, 'stream' | 'limitBytes'>,
): AsyncGenerator<Uint8Array> {
  let left = limitBytes
  for await (const { bytes, stream } of output) {
    if (bytes.length === 0 || (only ?? stream) !== stream) continue
    yield bytes.subarray(0, left)
    left -= bytes.length
    if (left <= 0) return
  }
}

/** PodLogOptions as a query has them; undefined where they make no sense. */
export function logOptions(query: URLSearchParams, now: Date): LogWish | undefined {
  const number = (name: string, least: number): number | undefined | null => {
    const text = query.get(name)
    if (text === null || (name === 'tail' && text === 'all')) return undefined
    return /^-?\d+$/.test(text) && Number(text) >= least ? Number(text) : null
  }
  const says = (name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '')
  const tailLines = number(query.has('tail') ? 'tail' : 'tailLines', 0)
  const limitBytes = number('limitBytes', 1)
  const sinceSeconds = number('sinceSeconds', 1)
  const sinceTime = query.get('sinceTime')
  const since = sinceSeconds ? new Date(now.getTime() - sinceSeconds * 1000) : sinceTime ? new Date(sinceTime) : undefined
  const isBoth = sinceSeconds !== undefined && sinceTime !== null
  if (tailLines === null || limitBytes === null || sinceSeconds === null || isBoth || Number.isNaN(since?.getTime()))
    return undefined
  const stream = query.get('stream') ?? 'All'
  if (!['All', 'Stdout', 'Stderr'].includes(stream)) return undefined
  return {
    previous: says('previous'),
    follow: says('follow'),
    timestamps: says('timestamps'),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(since && { since }),
    ...(stream !== 'All' && { stream: stream.toLowerCase() as Output['stream'] }),
  }
}
