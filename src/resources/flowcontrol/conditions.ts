import type { FlowSchemaCondition } from '#api/flowcontrol/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, required } from '#machinery/causes.ts'
import { each } from '#resources/checks.ts'

/** Checks the conditions of flow schemas and priority levels: one of each type. */
export function* validateFlowConditions(conditions: readonly FlowSchemaCondition[] | undefined, path: string): Generator<Cause> {
  const types = conditions?.map(({ type }) => type) ?? []
  yield* each(conditions, path, function* ({ type }, at, index) {
    if (types.indexOf(type) < index) yield duplicate(`${at}.type`, type ?? '')
    if (!type) yield required(`${at}.type`, 'must not be empty')
  })
}
