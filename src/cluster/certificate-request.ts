import { CertificateSigningRequest, type KeyUsage } from '#api/certificates/v1.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Pair, Subject } from './pair.ts'

/** A certificate that somebody wants, and by which signer. */
export interface Wish {
  readonly subject: Subject
  readonly signerName: string
  readonly purpose: KeyUsage & ('client auth' | 'server auth')
}

const lookMs = 1000

/** Asks for a certificate by a new key, and waits for as long as it takes until somebody approves and signs. Throws if it is denied. */
export async function requestCertificate(
  client: Client,
  { subject, signerName, purpose }: Wish,
  clock: Clock,
  signal: AbortSignal,
): Promise<Pair> {
  const { requestFor } = await import('./x509.ts')
  const { key, request } = await requestFor(subject)
  const { metadata } = await client.create(
    CertificateSigningRequest,
    {
      metadata: { generateName: 'csr-' },
      spec: { request: Buffer.from(request).toString('base64'), signerName, usages: ['digital signature', purpose] },
    },
    signal,
  )
  const name = metadata.name ?? ''
  for (;;) {
    const { status = {} } = await client.get(CertificateSigningRequest, { namespace: '', name }, signal)
    const refusal = status.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed')
    if (refusal) throw new Error(`certificate signing request ${name}: ${refusal.type}: ${refusal.message ?? ''}`)
    if (status.certificate) return { cert: Buffer.from(status.certificate, 'base64').toString(), key }
    await clock.sleep(lookMs, signal)
    signal.throwIfAborted()
  }
}
