import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Keeping, StorageChoice } from '#cluster/storage.ts'

/** The flags that say how objects are kept. */
export interface StorageFlags {
  readonly storage: 'lmdb' | 'memory' | { readonly servers: readonly string[] }
  readonly etcdServers?: readonly string[]
  readonly etcdCafile?: string
  readonly etcdCertfile?: string
  readonly etcdKeyfile?: string
  readonly history?: number
  readonly encryptionProviderConfig?: string
}

/** Gives a command the flags that say how objects are kept. */
export const withStorage = (command: Command): Command =>
  command
    .addOption(
      new Option('--storage <name>', 'where objects lie: lmdb, memory or etcd=URL,…').argParser(storageNamed).default('lmdb'),
    )
    .option('--etcd-servers <urls>', 'the same as --storage etcd=URL,…', listed)
    .option('--etcd-cafile <file>', 'who signs the certificates of etcd', text => resolve(text))
    .option('--etcd-certfile <file>', 'the certificate to come to etcd with', text => resolve(text))
    .option('--etcd-keyfile <file>', 'and its key', text => resolve(text))
    .option('--history <time>', 'how long old resourceVersions can be read, e.g. 24h; default: 5m, as upstream', durationMs)
    .option('--encryption-provider-config <file>', 'what lies encrypted, and how', text => resolve(text))

/** What the flags say. */
export const keepingOf = (flags: StorageFlags): Keeping => ({
  storage: choiceOf(flags),
  historyMs: flags.history,
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

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function durationMs(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (unitMs[unit ?? ''] ?? 0)
  if (!(ms > 0)) throw new InvalidArgumentError('it looks like 30m or 24h')
  return ms
}

const listed = (text: string): readonly string[] => text.split(',').filter(Boolean)
