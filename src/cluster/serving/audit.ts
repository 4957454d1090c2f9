import { glob, mkdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { createStream } from 'rotating-file-stream'
import { Auditor } from '#apiserver/audit/auditor.ts'
import { logSink } from '#apiserver/audit/log-sink.ts'
import type { Sink } from '#apiserver/audit/sink.ts'
import { webhookSink } from '#apiserver/audit/webhook-sink.ts'
import { Remote } from '#apiserver/wire/remote.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { type DeliveryFlags, delivering, deliveryOf, type Usual } from './audit-modes.ts'
import { readPolicy } from './audit-policy.ts'
import { readEndpoint } from './endpoint.ts'
import { readFlagged } from './files.ts'

/** What is written down of requests, and where, as upstream's flags say it. */
export interface AuditFlags extends DeliveryFlags<'Log'>, DeliveryFlags<'Webhook'> {
  readonly auditPolicyFile?: string
  readonly auditLogPath?: string
  /** In megabytes, days, and files. */
  readonly auditLogMaxsize?: number
  readonly auditLogMaxage?: number
  readonly auditLogMaxbackup?: number
  readonly auditLogCompress?: boolean
  readonly auditWebhookConfigFile?: string
  /** How long is waited before a post is tried again, ms. */
  readonly auditWebhookInitialBackoff?: number
}

interface Ground {
  readonly clock: Clock
  readonly log: Log
}

/** Who writes down requests; nothing, if there is no policy or no place. Throws a sentence for files that are not what they should be. */
export async function openAudit(flags: AuditFlags, ground: Ground, signal: AbortSignal): Promise<Auditor | undefined> {
  const { auditPolicyFile: policyFile, auditLogPath: path, auditWebhookConfigFile: kubeconfig } = flags
  if (!policyFile) return undefined
  const policy = await readFlagged('audit-policy-file', policyFile, readPolicy)
  const sinks: Sink[] = []
  if (path) {
    // The standard output is not ours to close.
    const isFile = path !== '-'
    const sink = isFile ? await fileSink(path, flags, ground) : { ...logSink(process.stdout, ground.log), close: async () => {} }
    sinks.push(delivering('log', sink, deliveryOf('Log', flags), usualOfLog, ground, signal))
  }
  if (kubeconfig) {
    const endpoint = await readEndpoint(kubeconfig, '--audit-webhook-config-file')
    const { auditWebhookInitialBackoff: firstPauseMs = 10_000 } = flags
    const sink = webhookSink(new Remote(endpoint, ground.clock), { ...ground, firstPauseMs }, signal)
    sinks.push(delivering('webhook', sink, deliveryOf('Webhook', flags), usualOfWebhook, ground, signal))
  }
  return sinks.length > 0 ? new Auditor(policy, sinks, ground.clock) : undefined
}

/** Upstream's defaults (server/options/audit.go). A log that is written in batches has them of one. */
const usualOfLog: Usual = {
  mode: 'blocking',
  bufferSize: 10_000,
  maxSize: 1,
  maxWaitMs: 30_000,
  throttled: false,
  sideBySide: false,
}
const usualOfWebhook: Usual = {
  mode: 'batch',
  bufferSize: 10_000,
  maxSize: 400,
  maxWaitMs: 30_000,
  throttled: true,
  sideBySide: true,
}

const dayMs = 86_400_000

/** A file that is put aside when it has grown large: `audit-2026-01-01T00-00-00.000.log` beside `audit.log`, as upstream names them. */
async function fileSink(path: string, flags: AuditFlags, { clock, log }: Ground): Promise<Sink> {
  const { auditLogMaxsize: megabytes = 100, auditLogMaxage: days, auditLogMaxbackup: count, auditLogCompress: zip } = flags
  const [directory, extension] = [dirname(path), extname(path)]
  const stem = basename(path, extension)
  await mkdir(directory, { recursive: true })
  const ending = zip ? `${extension}.gz` : extension
  const aside = (time: Date | number | null): string =>
    time === null ? basename(path) : `${stem}-${new Date(time).toISOString().slice(0, -1).replaceAll(':', '-')}${ending}`
  const out = createStream(aside, { path: directory, size: `${megabytes}M`, mode: 0o600, ...(zip && { compress: 'gzip' }) })
  out.on('rotated', () => {
    void prune(join(directory, `${stem}-*${ending}`), { days, count }, clock.now()).catch((error: unknown) =>
      log.error('old audit logs cannot be removed', { error: String(error) }),
    )
  })
  return logSink(out, log)
}

/** Removes the files put aside that are too many, or too old. */
async function prune(
  pattern: string,
  { days, count }: { days: number | undefined; count: number | undefined },
  now: Date,
): Promise<void> {
  // Their names are in the order of their times.
  const files = (await Array.fromAsync(glob(pattern))).sort().reverse()
  for (const [index, file] of files.entries()) {
    const isOld = days ? now.getTime() - (await stat(file)).mtimeMs > days * dayMs : false
    if (isOld || (count && index >= count)) await rm(file)
  }
}
