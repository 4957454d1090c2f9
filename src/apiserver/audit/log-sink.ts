import type { Writable } from 'node:stream'
import type { Log } from '#machinery/log.ts'
import type { Sink } from './sink.ts'

/** Writes events as lines of JSON (upstream: --audit-log-path, --audit-log-format json). */
export function logSink(out: Writable, log: Log): Sink {
  out.on('error', error => log.error('the audit log cannot be written', { error: error.message }))
  return {
    blocks: true,
    write: events => {
      const lines = events.map(event => `${JSON.stringify(event)}\n`).join('')
      return new Promise(resolve => void out.write(lines, error => resolve(!error)))
    },
    close: () => new Promise(resolve => out.end(resolve)),
  }
}
