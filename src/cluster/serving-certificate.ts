import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Client } from '#client/client.ts'
import { againMs, betweenMs, holds, untilRenewalMs } from './certificate-life.ts'
import { requestCertificate, type Wish } from './certificate-request.ts'
import { subjects } from './identities.ts'
import type { NodeWorld } from './node-certificate.ts'
import type { Pair } from './pair.ts'

/** A node whose server is to be certified by the cluster. */
export interface ServingSeat {
  readonly nodeName: string
  /** The names and addresses that the API server may call it by. */
  readonly hosts: readonly string[]
  /** Where the certificate and its key lie. */
  readonly directory: string
}

/** The certificate that was got before, if it can still be shown for this node. */
export async function keptServingCertificate({ hosts, directory }: ServingSeat, now: Date): Promise<Pair | undefined> {
  const text = await readFile(fileIn(directory), 'utf8').catch(() => '')
  const [, cert, key] = /^(.*-----END CERTIFICATE-----\n)(.*)$/s.exec(text) ?? []
  return cert && key && holds({ cert, key }, now) && isFor(cert, hosts) ? { cert, key } : undefined
}

/**
 * The certificates that a kubelet's server shows, asked for by its own client (kubernetes.io/kubelet-serving; somebody has to approve
 * each) and renewed at 70 to 90 % of their life, until the signal aborts. Each is written down before it is told; `kept` need not be
 * told (upstream: --rotate-server-certificates; pkg/kubelet/certificate/kubelet.go).
 */
export async function* servingCertificates(
  seat: ServingSeat,
  { client, clock, random, log, kept }: NodeWorld & { readonly client: Client; readonly kept: Pair | undefined },
  signal: AbortSignal,
): AsyncGenerator<Pair> {
  const wish: Wish = {
    subject: { ...subjects.node(seat.nodeName), hosts: seat.hosts },
    signerName: 'kubernetes.io/kubelet-serving',
    purpose: 'server auth',
  }
  let pauseMs = kept ? untilRenewalMs(kept, clock.now(), random) : 0
  let failures = 0
  for (;;) {
    await clock.sleep(pauseMs, signal)
    if (signal.aborted) return
    try {
      const pair = await requestCertificate(client, wish, clock, signal)
      await keep(seat.directory, pair)
      pauseMs = Math.max(betweenMs, untilRenewalMs(pair, clock.now(), random))
      failures = 0
      log.info('the node has a new serving certificate')
      yield pair
    } catch (error) {
      if (signal.aborted) return
      log.warn('there is no new serving certificate for the node', { error: (error as Error).message })
      pauseMs = againMs(++failures)
    }
  }
}

/** Upstream's name for it. */
const fileIn = (directory: string): string => join(directory, 'kubelet-server-current.pem')

/** Writes a certificate and its key down, readable by their owner only. The file changes all at once. */
async function keep(directory: string, { cert, key }: Pair): Promise<void> {
  await mkdir(directory, { recursive: true })
  const draft = `${fileIn(directory)}.${process.pid}`
  await writeFile(draft, `${cert.trimEnd()}\n${key}`, { mode: 0o600 })
  await rename(draft, fileIn(directory))
}

function isFor(cert: string, hosts: readonly string[]): boolean {
  const certificate = new X509Certificate(cert)
  return hosts.every(host => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined)
}
