import { badRequest } from '#api/status.ts'
import { quote } from '#machinery/causes.ts'

/** Whether a boolean of the query is set: `watch`, `watch=1`, `watch=true`, and whatever else does not say no. */
export const isTrue = (value: string | null): boolean => value !== null && value !== '0' && value.toLowerCase() !== 'false'

/** An integer of the query; undefined where there is none. Throws BadRequest, in Go's words. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const problem = !/^[+-]?\d+$/.test(text)
    ? 'invalid syntax'
    : Math.abs(Number(text)) >= 2 ** 63
      ? 'value out of range'
      : undefined
  if (problem) throw badRequest(`strconv.ParseInt: parsing ${quote(text)}: ${problem}`)
  return Number(text)
}
