import type { PeerCertificate } from 'node:tls'
import type { Backend } from './forward.ts'

const dialErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
}

const unknownAuthority = 'x509: certificate signed by unknown authority'

const certificateErrors: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
}

/** Why a backend could not be reached, as Go's dialer and its TLS say it. */
export function dialProblem(
  error: NodeJS.ErrnoException & { readonly cert?: Pick<PeerCertificate, 'subjectaltname'> },
  { host, port }: Pick<Backend, 'host' | 'port'>,
): string {
  const { code = '', message, cert } = error
  const why = dialErrors[code]
  if (why) return `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}: ${why}`
  const distrust = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? otherName(cert?.subjectaltname, host) : certificateErrors[code]
  if (distrust) return `tls: failed to verify certificate: ${distrust}`
  const [, alert] = /\balert ([a-z ]+):/.exec(message) ?? []
  return alert ? `remote error: tls: ${alert}` : message
}

function otherName(names = '', host: string): string {
  const all = Array.from(names.matchAll(/(?:DNS|IP Address):([^,\s]+)/g), ([, name]) => name)
  if (all.length === 0) return `x509: certificate is not valid for any names, but wanted to match ${host}`
  return `x509: certificate is valid for ${all.join(', ')}, not ${host}`
}
