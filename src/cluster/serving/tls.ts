import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCiphers } from 'node:tls'
import type { TlsMaterial } from '#apiserver/wire/tls.ts'
import { readFlagged } from './files.ts'

/** What the API server shows and whom it takes, as upstream's flags say it: names of files. */
export interface TlsFlags {
  readonly tlsCertFile?: string
  readonly tlsPrivateKeyFile?: string
  /** `CERT,KEY` or `CERT,KEY:NAME,NAME`: shown to those who ask for one of the names; default: those of the certificate. */
  readonly tlsSniCertKey?: readonly string[]
  readonly tlsMinVersion?: string
  /** IANA's names. */
  readonly tlsCipherSuites?: readonly string[]
  /** Whose clients are taken, besides the cluster's own. */
  readonly clientCaFile?: string
  readonly requestheaderClientCaFile?: string
}

/** The files' contents over what the cluster has of its own. Throws a sentence for a file that is not there, or not what it should be. */
export async function readTls(flags: TlsFlags, own: TlsMaterial): Promise<TlsMaterial> {
  const { tlsCertFile: certFile, tlsPrivateKeyFile: keyFile, clientCaFile, requestheaderClientCaFile: proxyFile } = flags
  if (!certFile !== !keyFile) throw new Error('--tls-cert-file and --tls-private-key-file go together')
  const shown = certFile && keyFile ? await readPair(certFile, keyFile, 'tls-cert-file', 'tls-private-key-file') : {}
  const clientCa = clientCaFile && (await readFlagged('client-ca-file', clientCaFile, certificates))
  const frontProxyCa = proxyFile && (await readFlagged('requestheader-client-ca-file', proxyFile, certificates))
  const named = await Promise.all((flags.tlsSniCertKey ?? []).map(readNamed))
  const { tlsMinVersion: version, tlsCipherSuites: suites = [] } = flags
  return {
    ...own,
    ...shown,
    ...(clientCa && { clientCa: `${own.clientCa.trimEnd()}\n${clientCa}` }),
    ...(frontProxyCa && { frontProxyCa }),
    ...(named.length > 0 && { named }),
    ...(version && { minVersion: minVersionOf(version) }),
    ...(suites.length > 0 && { ciphers: suites.map(cipherOf).join(':') }),
  }
}

/** Whether there are files that may change while the server runs. */
export const hasFiles = (flags: TlsFlags): boolean =>
  [flags.tlsCertFile, flags.tlsSniCertKey, flags.clientCaFile, flags.requestheaderClientCaFile].some(flag => flag !== undefined)

/** A certificate and its key, each named by a flag. Throws a sentence where they are not there, or not of each other. */
export async function readPair(
  certFile: string,
  keyFile: string,
  flag: string,
  keyFlag: string,
): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all([readFlagged(flag, certFile, certificates), readFlagged(keyFlag, keyFile, text => text)])
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw new Error(`--${flag}: ${certFile} and ${keyFile} do not belong together: ${(cause as Error).message}`, { cause })
  }
  return { cert, key }
}

async function readNamed(text: string): Promise<NonNullable<TlsMaterial['named']>[number]> {
  const [, certFile, keyFile, names] = /^([^,:]+),([^,:]+)(?::(.+))?$/.exec(text) ?? []
  if (!certFile || !keyFile) throw new Error(`--tls-sni-cert-key: ${text} is not CERT,KEY or CERT,KEY:NAME,…`)
  const pair = await readPair(certFile, keyFile, 'tls-sni-cert-key', 'tls-sni-cert-key')
  return { ...pair, names: names ? names.split(',') : dnsNamesOf(pair.cert) }
}

const dnsNamesOf = (cert: string): string[] =>
  Array.from(new X509Certificate(cert).subjectAltName?.matchAll(/DNS:([^,\s]+)/g) ?? [], ([, name]) => name!)

/** A text, if it holds certificates. */
export function certificates(text: string): string {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error('there is no certificate in PEM form')
  createSecureContext({ ca: text })
  return text
}

function minVersionOf(text: string): NonNullable<TlsMaterial['minVersion']> {
  if (text === 'VersionTLS12') return 'TLSv1.2'
  if (text === 'VersionTLS13') return 'TLSv1.3'
  throw new Error(`--tls-min-version: unknown tls version "${text}": VersionTLS12 or VersionTLS13`)
}

/** OpenSSL's name for a cipher suite of IANA's: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is ECDHE-RSA-AES128-GCM-SHA256. */
function cipherOf(suite: string): string {
  const name = suite.includes('_WITH_')
    ? suite
        .replace(/^TLS_(RSA_WITH_)?/, '')
        .replace('_WITH_', '_')
        .replace(/AES_(128|256)(_CBC)?/, 'AES$1')
        .replace(/(CHACHA20_POLY1305)_SHA256/, '$1')
        .replaceAll('_', '-')
    : suite
  if (!getCiphers().includes(name.toLowerCase()))
    throw new Error(`--tls-cipher-suites: Cipher suite ${suite} not supported or doesn't exist`)
  return name
}
