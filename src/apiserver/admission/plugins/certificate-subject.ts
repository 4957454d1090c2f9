/**
 * The organizations in the subject of a PEM certificate request in base64, as CSRs carry it. Read by @peculiar/x509, as the
 * signer reads it; it is loaded when the first request is met. Rejects for a request that cannot be read.
 */
export async function organizationsOf(request: string): Promise<readonly string[]> {
  // The library's decorators need it, before the library itself.
  await import('reflect-metadata')
  const { Pkcs10CertificateRequest } = await import('@peculiar/x509')
  return new Pkcs10CertificateRequest(Buffer.from(request, 'base64').toString()).subjectName.getField('O')
}
