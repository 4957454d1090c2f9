import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { SigningAuthority } from '#controllers/certificates/signing.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Pair, Subject } from './pair.ts'

/** As kubeadm has it. */
const caDays = 3650
const certDays = 365
const dayMs = 86_400_000

/**
 * The cluster's certificate authority, in a directory. What it has issued lies beside it and is used again until half a
 * month before it ends. Keys are EC P-256, files readable by their owner only. X.509 is written by @peculiar/x509, which is
 * loaded only when there is something to issue: a second start reads files and nothing else.
 */
export class Authority {
  readonly #directory: string
  readonly #clock: Clock
  readonly #self: Pair
  #issuer: Promise<import('./x509.ts').Issuer> | undefined

  private constructor(directory: string, clock: Clock, self: Pair) {
    this.#directory = directory
    this.#clock = clock
    this.#self = self
  }

  /** Opens the authority of a directory; makes one where there is none. */
  static async open(directory: string, clock: Clock): Promise<Authority> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const found = await readPair(directory, 'ca')
    if (found) return new Authority(directory, clock, found)
    const { selfSigned } = await import('./x509.ts')
    const made = await selfSigned('kubernetes', clock.now(), caDays * dayMs)
    await writePair(directory, 'ca', made)
    return new Authority(directory, clock, made)
  }

  /** The authority's own certificate, PEM: what clients trust. */
  get cert(): string {
    return this.#self.cert
  }

  /** What signs the certificates that are asked for through the API. */
  get signing(): SigningAuthority {
    return { ...this.#self, longestMs: certDays * dayMs }
  }

  /** The certificate of a name, issued now if there is none that fits the subject and still holds. */
  async pair(name: string, subject: Subject): Promise<Pair> {
    const found = await readPair(this.#directory, name)
    if (found && this.#fits(found.cert, subject)) return found
    this.#issuer ??= import('./x509.ts').then(({ issuer }) => issuer(this.#self))
    const made = await (await this.#issuer)(subject, this.#clock.now(), certDays * dayMs)
    await writePair(this.#directory, name, made)
    return made
  }

  /** A private key of a name that has no certificate: the one that signs service-account tokens. */
  async key(name: string): Promise<string> {
    const file = join(this.#directory, `${name}.key`)
    const found = await readIfThere(file)
    if (found) return found
    const { newKey } = await import('./x509.ts')
    const key = await newKey()
    await writeFile(file, key, { mode: 0o600 })
    return key
  }

  #fits(cert: string, { commonName, organizations = [], hosts = [] }: Subject): boolean {
    const certificate = new X509Certificate(cert)
    const lasts = Date.parse(certificate.validTo) - this.#clock.now().getTime() > 15 * dayMs
    const ours = certificate.verify(new X509Certificate(this.#self.cert).publicKey)
    const wanted = [...organizations.map(name => `O=${name}`), `CN=${commonName}`].join('\n')
    const isSame = certificate.subject === wanted
    const answers = (host: string): boolean =>
      (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined
    return lasts && ours && isSame && hosts.every(answers)
  }
}

async function readPair(directory: string, name: string): Promise<Pair | undefined> {
  const [cert, key] = await Promise.all([
    readIfThere(join(directory, `${name}.crt`)),
    readIfThere(join(directory, `${name}.key`)),
  ])
  return cert && key ? { cert, key } : undefined
}

async function writePair(directory: string, name: string, { cert, key }: Pair): Promise<void> {
  await writeFile(join(directory, `${name}.key`), key, { mode: 0o600 })
  await writeFile(join(directory, `${name}.crt`), cert, { mode: 0o600 })
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
