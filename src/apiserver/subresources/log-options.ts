import { badRequest, type Cause, invalid } from '#api/status.ts'
import { integerOf, isTrue } from '#apiserver/request/query.ts'
import { forbidden, invalidValue, notSupported } from '#machinery/causes.ts'

const streams = ['All', 'Stderr', 'Stdout']
const integers = ['tailLines', 'limitBytes', 'sinceSeconds'] as const
const flags = ['follow', 'previous', 'timestamps'] as const

/** PodLogOptions of a query, as a kubelet is asked. Throws BadRequest for what cannot be read, Invalid for what makes no sense (upstream: ValidatePodLogOptions). */
export function logOptionsOf(query: URLSearchParams, pod: string): URLSearchParams {
  const asked = new URLSearchParams()
  for (const flag of flags) if (isTrue(query.get(flag))) asked.set(flag, 'true')
  for (const name of integers) {
    const value = integerOf(query, name)
    if (value !== undefined) asked.set(name, String(value))
  }
  const since = query.get('sinceTime')
  if (since) asked.set('sinceTime', timeOf(since))
  const stream = query.get('stream')
  if (stream !== null) asked.set('stream', stream)
  const causes = [...problems(asked)]
  if (causes.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, pod, causes)
  return asked
}

function* problems(asked: URLSearchParams): Generator<Cause> {
  const number = (name: string): number | undefined => (asked.has(name) ? Number(asked.get(name)) : undefined)
  const [tailLines, limitBytes, sinceSeconds] = integers.map(number)
  if (tailLines !== undefined && tailLines < 0) yield invalidValue('tailLines', tailLines, 'must be greater than or equal to 0')
  if (limitBytes !== undefined && limitBytes < 1) yield invalidValue('limitBytes', limitBytes, 'must be greater than 0')
  if (sinceSeconds !== undefined && asked.has('sinceTime'))
    yield forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified')
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    yield invalidValue('sinceSeconds', sinceSeconds, 'must be greater than 0')
  const stream = asked.get('stream')
  if (stream === null) return
  if (!streams.includes(stream)) yield notSupported('stream', stream, streams)
  else if (stream !== 'All' && tailLines !== undefined)
    yield forbidden('', '`tailLines` and specific `stream` are mutually exclusive for now')
}

function timeOf(text: string): string {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))
  if (!isTime)
    throw badRequest(
      `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`,
    )
  return text
}
