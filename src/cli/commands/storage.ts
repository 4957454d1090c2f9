import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Keeping, StorageChoice } from '#cluster/storage.ts'
import { durationMs, listed, path } from './values.ts'

/** The flags that say how objects are kept. */
export interface StorageFlags {
  readonly storage: 'lmdb' | 'memory' | { readonly servers: readonly string[] }
  readonly etcdServers?: readonly string[]
  readonly etcdCafile?: string
  readonly etcdCertfile?: string
  readonly etcdKeyfile?: string
  readonly history?: number
  readonly quotaBackendBytes?: number
  readonly encryptionProviderConfig?: string
}

/** Gives a command the flags that say how objects are kept. */
export const withStorage = (command: Command): Command =>
  command
    .addOption(
      new Option('--storage <name>', 'where objects lie: lmdb, memory or etcd=URL,…').argParser(storageNamed).default('lmdb'),
    )
    .option('--etcd-servers <urls>', 'the same as --storage etcd=URL,…', listed)
    .option('--etcd-cafile <file>', 'who signs the certificates of etcd', path)
    .option('--etcd-certfile <file>', 'the certificate to come to etcd with', path)
    .option('--etcd-keyfile <file>', 'and its key', path)
    .option('--history <time>', 'how long old resourceVersions can be read, e.g. 24h; default: 5m, as upstream', durationMs)
    .option('--quota-backend-bytes <bytes>', 'how large lmdb may grow; etcd is told by its own flag', bytes)
    .option('--encryption-provider-config <file>', 'what lies encrypted, and how', path)

/** What the flags say. */
export const keepingOf = (flags: StorageFlags): Keeping => ({
  storage: choiceOf(flags),
  historyMs: flags.history,
  quotaBytes: flags.quotaBackendBytes,
  encryptionFile: flags.encryptionProviderConfig,
})

function choiceOf({ storage, etcdServers, etcdCafile, etcdCertfile, etcdKeyfile }: StorageFlags): StorageChoice {
  const servers = etcdServers ?? (typeof storage === 'object' ? storage.servers : undefined)
  if (servers) return { servers, caFile: etcdCafile, certFile: etcdCertfile, keyFile: etcdKeyfile }
  if (etcdCafile || etcdCertfile || etcdKeyfile) throw new Error('certificates for etcd, but no etcd: --storage etcd=URL')
  return storage as 'lmdb' | 'memory'
}

function storageNamed(text: string): StorageFlags['storage'] {
  if (text === 'lmdb' || text === 'memory') return text
  if (text.startsWith('etcd=')) return { servers: listed(text.slice('etcd='.length)) }
  throw new InvalidArgumentError('it is lmdb, memory or etcd=URL,…')
}

function bytes(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('not a number of bytes')
  return Number(text)
}
