import type { Writable } from 'node:stream'
import type { Log } from '#machinery/log.ts'
import type { Sink } from './auditor.ts'

/** Writes events as lines of JSON (upstream: --audit-log-path, --audit-log-format json). */
export function logSink(out: Writable, log: Log): Sink {
  out.on('error', error => log.error('the audit log cannot be written', { error: error.message }))
  return {
    write: event => void out.write(`${JSON.stringify(event)}\n`),
    close: () => new Promise(resolve => out.end(resolve)),
  }
}
