import { readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { dump, load } from 'js-yaml'
import type { Access } from './transport.ts'

/** One cluster, one user and the context that joins them, all under one name: what a kubeconfig of ours says. */
export interface Entry {
  /** `pinnace` */
  readonly name: string
  readonly access: Omit<Access, 'token'> & { readonly token?: string }
  /** Default: as the cluster is called. */
  readonly user?: string
  readonly namespace?: string
}

/** What a kubeconfig file looks like (clientcmd.k8s.io v1), as far as it is used here. */
interface KubeConfig {
  'current-context'?: string
  clusters?: { name: string; cluster: ClusterInfo }[]
  users?: { name: string; user: UserInfo }[]
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[]
}

interface ClusterInfo {
  server: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  'tls-server-name'?: string
}

interface UserInfo {
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  token?: string
  tokenFile?: string
}

/**
 * The access that a kubeconfig gives in one of its contexts (default: the current one). Files it names are read
 * relative to it; a tokenFile is read again for every request, as it may be rotated. Throws Error where something is missing.
 */
export async function readKubeconfig(file: string, context?: string): Promise<Access> {
  const config = load(await readFile(file, 'utf8')) as KubeConfig
  const chosen = context ?? config['current-context']
  const joined = config.contexts?.find(({ name }) => name === chosen)?.context
  if (!joined) throw new Error(`${file}: context "${chosen ?? ''}" does not exist`)
  const cluster = config.clusters?.find(({ name }) => name === joined.cluster)?.cluster
  if (!cluster) throw new Error(`${file}: cluster "${joined.cluster}" does not exist`)
  const user = config.users?.find(({ name }) => name === joined.user)?.user ?? {}

  const pem = async (data: string | undefined, path: string | undefined): Promise<string | undefined> =>
    data ? Buffer.from(data, 'base64').toString() : path && (await readFile(resolve(dirname(file), path), 'utf8'))
  const { tokenFile } = user
  const said = {
    ca: await pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
    cert: await pem(user['client-certificate-data'], user['client-certificate']),
    key: await pem(user['client-key-data'], user['client-key']),
    token: tokenFile ? async () => (await readFile(resolve(dirname(file), tokenFile), 'utf8')).trim() : user.token,
    insecure: cluster['insecure-skip-tls-verify'],
    serverName: cluster['tls-server-name'],
  }
  return {
    server: cluster.server,
    ...(Object.fromEntries(Object.entries(said).filter(([, value]) => value)) as Omit<Access, 'server'>),
  }
}

/** A kubeconfig with these entries, the first one current, as YAML. */
export function kubeconfigText(entries: readonly Entry[]): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    'current-context': entries[0]?.name ?? '',
    clusters: entries.map(({ name, access }) => ({ name, cluster: clusterInfo(access) })),
    users: entries.map(({ name, user = name, access }) => ({ name: user, user: userInfo(access) })),
    contexts: entries.map(({ name, user = name, namespace }) => ({
      name,
      context: { cluster: name, user, ...(namespace && { namespace }) },
    })),
  })
}

/** Writes a kubeconfig with these entries, readable by its owner only. The file changes all at once. */
export async function writeKubeconfig(file: string, entries: readonly Entry[]): Promise<void> {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, kubeconfigText(entries), { mode: 0o600 })
  await rename(draft, file)
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const clusterInfo = ({ server, ca, insecure, serverName }: Entry['access']): ClusterInfo => ({
  server,
  ...(ca && { 'certificate-authority-data': base64(ca) }),
  ...(insecure && { 'insecure-skip-tls-verify': true }),
  ...(serverName && { 'tls-server-name': serverName }),
})

const userInfo = ({ cert, key, token }: Entry['access']): UserInfo => ({
  ...(cert && { 'client-certificate-data': base64(cert) }),
  ...(key && { 'client-key-data': base64(key) }),
  ...(token && { token }),
})
