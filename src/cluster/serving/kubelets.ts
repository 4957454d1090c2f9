import type { KubeletAccess } from '#apiserver/kubelets.ts'
import { readFlagged } from './files.ts'
import { certificates, readPair } from './tls.ts'

/** How kubelets are spoken to, as upstream's flags say it: names of files. */
export interface KubeletFlags {
  readonly kubeletCertificateAuthority?: string
  readonly kubeletClientCertificate?: string
  readonly kubeletClientKey?: string
}

/**
 * The files' contents over what the cluster has of its own. A kubelet must show what the authority named has signed for its address;
 * where none is named, what the cluster's own has signed for whomever. Throws a sentence for a file that is not what it should be.
 */
export async function readKubeletAccess(flags: KubeletFlags, own: KubeletAccess): Promise<KubeletAccess> {
  const { kubeletCertificateAuthority: caFile, kubeletClientCertificate: certFile, kubeletClientKey: keyFile } = flags
  if (!certFile !== !keyFile) throw new Error('--kubelet-client-certificate and --kubelet-client-key go together')
  return {
    ...own,
    ...(certFile && keyFile && (await readPair(certFile, keyFile, 'kubelet-client-certificate', 'kubelet-client-key'))),
    ...(caFile && { ca: await readFlagged('kubelet-certificate-authority', caFile, certificates), checksNames: true }),
  }
}
