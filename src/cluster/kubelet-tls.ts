import { Client } from '#client/client.ts'
import type { Transport } from '#client/transport.ts'
import type { KubeletServerOptions, ServerTls } from '#kubelet/server.ts'
import type { NodeWorld } from './node-certificate.ts'
import { changesOf, readFlagged } from './serving/files.ts'
import { certificates, readPair } from './serving/tls.ts'
import { keptServingCertificate, servingCertificates } from './serving-certificate.ts'

/** What the server of a kubelet that runs alone shows, and whom it takes, as upstream's flags say it. */
export interface KubeletTlsFlags {
  readonly tlsCertFile?: string
  readonly tlsPrivateKeyFile?: string
  readonly clientCaFile: string
  /** Whether the cluster is asked for what the server shows. */
  readonly rotateServerCertificates: boolean
  /** Where that is kept. */
  readonly certDir: string
}

/**
 * What a kubelet's server shows: files that are read again when they change, or what the cluster signs for these hosts. Throws a
 * sentence for flags that do not go together, and for files that are not what they should be.
 */
export async function readKubeletTls(
  flags: KubeletTlsFlags & { readonly nodeName: string },
  hosts: readonly string[],
  transport: Transport,
  world: NodeWorld,
): Promise<Pick<KubeletServerOptions, 'tls' | 'tlsChanges'>> {
  const { tlsCertFile: certFile, tlsPrivateKeyFile: keyFile, nodeName, clientCaFile, rotateServerCertificates, certDir } = flags
  const { clock, log } = world
  if (!certFile !== !keyFile) throw new Error('--tls-cert-file and --tls-private-key-file go together')
  const clientCaOf = (): Promise<string> => readFlagged('client-ca-file', clientCaFile, certificates)
  if (certFile && keyFile) {
    const read = async (): Promise<ServerTls> => ({
      ...(await readPair(certFile, keyFile, 'tls-cert-file', 'tls-private-key-file')),
      clientCa: await clientCaOf(),
    })
    const failed = (error: unknown): void => log.error('the files of TLS cannot be taken', { error: String(error) })
    return { tls: await read(), tlsChanges: signal => changesOf(read, { clock, failed }, signal) }
  }
  if (!rotateServerCertificates) throw new Error('--tls-cert-file or --rotate-server-certificates must say what the server shows')
  const clientCa = await clientCaOf()
  const seat = { nodeName, hosts, directory: certDir }
  const kept = await keptServingCertificate(seat, clock.now())
  const client = new Client(transport, { userAgent: 'kubelet' })
  return {
    tls: { ...kept, clientCa },
    async *tlsChanges(signal) {
      for await (const pair of servingCertificates(seat, { ...world, client, kept }, signal)) yield { ...pair, clientCa }
    },
  }
}
