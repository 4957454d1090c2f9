import { join } from 'node:path'
import { destination, pino } from 'pino'
import type { Log } from '#machinery/log.ts'

/** Opens a cluster's log: JSON lines in `DIR/pinnace.log`. PINNACE_LOG sets the level (info). */
export const openLog = (data: string): Log => logTo(join(data, 'pinnace.log'))

/** The log of a component that runs alone: JSON lines on standard error. */
export const stderrLog = (): Log => logTo(2)

function logTo(dest: string | number): Log {
  const level = process.env.PINNACE_LOG ?? 'info'
  const out = pino({ level, base: null }, destination({ dest, append: true, sync: true }))
  return {
    debug: (message, fields = {}) => out.debug(fields, message),
    info: (message, fields = {}) => out.info(fields, message),
    warn: (message, fields = {}) => out.warn(fields, message),
    error: (message, fields = {}) => out.error(fields, message),
  }
}
