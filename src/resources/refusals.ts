import assert from 'node:assert/strict'
import type { CauseReason } from '#api/status.ts'
import type { Resource } from '#apiserver/resource.ts'
import { asStored } from './as-stored.ts'

type Fields = Record<string, unknown>

/**
 * One row of a table: what is said of an object's part, and the causes for which it is refused, as kubectl prints them. A cause
 * that begins with a dot or a bracket lies below the table's path.
 */
export type Refusal = readonly [part: unknown, ...causes: string[]]

/** How messages of each type of cause begin. */
const beginnings: Partial<Record<CauseReason, string>> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueForbidden: 'Forbidden: ',
  FieldValueDuplicate: 'Duplicate value: ',
  FieldValueNotFound: 'Not found: ',
  FieldValueNotSupported: 'Unsupported value: ',
  FieldValueTooLong: 'Too long: ',
  FieldValueTooMany: 'Too many: ',
}

/** For tests: a table of objects of a kind that are refused, or not. `object` makes one of the part that a row is about. */
export function itRefuses(resource: Resource, path: string, object: (part: never) => Fields, rows: readonly Refusal[]): void {
  for (const [part, ...causes] of rows) {
    it(titleOf(part, causes), () => {
      const stored = asStored(resource, object(part as never))
      check([...resource.validate!(stored, undefined)], causes, path)
    })
  }
}

/** One row of a table of updates: the part as it was, as it is to be, and the causes for which the change is refused. */
export type Change = readonly [before: unknown, after: unknown, ...causes: string[]]

/** For tests: a table of updates that are refused, or not, through the main door or that of the status. */
export function itRefusesChanges(
  resource: Resource,
  path: string,
  object: (part: never) => Fields,
  rows: readonly Change[],
  door: 'validate' | 'validateStatus' = 'validate',
): void {
  for (const [before, after, ...causes] of rows) {
    it(titleOf([before, after], causes), () => {
      const old = withStatus(asStored(resource, object(before as never)), object(before as never))
      const changed = withStatus(asStored(resource, object(after as never), old), object(after as never))
      check([...resource[door]!(changed, old)], causes, path)
    })
  }
}

/** One row of a table of warnings: the part, and the sentences that are said about it. */
export type Warning = readonly [part: unknown, ...sentences: string[]]

/** For tests: a table of new objects that are taken with a warning. */
export function itWarns(resource: Resource, path: string, object: (part: never) => Fields, rows: readonly Warning[]): void {
  for (const [part, ...sentences] of rows) {
    it(titleOf(part, sentences), () => {
      const said = [...resource.warn!(asStored(resource, object(part as never)), undefined)]
      assert.deepEqual(
        said,
        sentences.map(sentence => below(path, sentence)),
      )
    })
  }
}

type Stored = ReturnType<typeof asStored>

/** What was prepared as new has no status yet; what a test says it has is meant. */
const withStatus = (stored: Stored, { status }: Fields): Stored => (status === undefined ? stored : { ...stored, status })

function check(
  causes: readonly { reason: CauseReason; field: string; message: string }[],
  expected: readonly string[],
  path: string,
): void {
  assert.deepEqual(
    causes.map(({ field, message }) => `${field}: ${message}`),
    expected.map(cause => below(path, cause)),
  )
  for (const { reason, message } of causes) assert.ok(message.startsWith(beginnings[reason] ?? reason), `${reason} ${message}`)
}

const below = (path: string, text: string): string => (/^[.[:]/.test(text) ? path + text : text)

function titleOf(part: unknown, said: readonly string[]): string {
  const title = `${JSON.stringify(part)}: ${said.join(', ') || 'nothing'}`
  return title.length > 150 ? `${title.slice(0, 150)}…` : title
}
