import { FlowSchema, type FlowSchemaCondition, PriorityLevelConfiguration } from '#api/flowcontrol/v1.ts'
import { putStatus } from '#apiserver/bootstrap/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { timestamp } from '#machinery/time.ts'

/** Whether a flow schema's priority level is there, as its condition says it (upstream: util/flowcontrol). */
export function danglingCondition({ spec }: FlowSchema, isThere: boolean, now: Date): FlowSchemaCondition {
  const name = JSON.stringify(spec.priorityLevelConfiguration.name)
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${name}`
  return {
    type: 'Dangling',
    status: isThere ? 'False' : 'True',
    lastTransitionTime: timestamp(now),
    reason: isThere ? 'Found' : 'NotFound',
    message: isThere ? `${about} and it exists` : `${about} but there is no such object`,
  }
}

/** Says of every flow schema whether its priority level is there, from now on until the signal aborts. */
export function tellDangling(reader: Reader, { clock, log }: { clock: Clock; log: Log }, signal: AbortSignal): void {
  const levels = reader.store(PriorityLevelConfiguration).cache
  const schemas = reader.store(FlowSchema).cache

  const tell = async (schema: FlowSchema): Promise<void> => {
    if (signal.aborted) return
    const isThere = levels.get({ namespace: '', name: schema.spec.priorityLevelConfiguration.name }) !== undefined
    const condition = danglingCondition(schema, isThere, clock.now())
    const { conditions = [] } = schema.status ?? {}
    const was = conditions.find(({ type }) => type === 'Dangling')
    if (was?.status === condition.status && was?.message === condition.message) return
    const others = conditions.filter(({ type }) => type !== 'Dangling')
    try {
      await putStatus(reader, FlowSchema, schema, { conditions: [...others, condition] })
    } catch (error) {
      // Whoever deleted or changed it meanwhile has made news that is told again.
      log.debug('a flow schema keeps its status', { name: schema.metadata.name, error: String(error) })
    }
  }
  const stops = [
    schemas.subscribe((_, schema) => schema && void tell(schema as FlowSchema)),
    levels.subscribe((before, after) => {
      const name = (after ?? before)?.metadata.name
      for (const schema of schemas.list() as FlowSchema[])
        if (schema.spec.priorityLevelConfiguration.name === name) void tell(schema)
    }),
  ]
  signal.addEventListener('abort', () => {
    for (const stop of stops) stop()
  })
  for (const schema of schemas.list() as FlowSchema[]) void tell(schema)
}
