import { hostname } from 'node:os'
import type { Access } from '#client/transport.ts'
import type { Authority } from './certificates.ts'
import { network } from './options.ts'
import type { Pair } from './pair.ts'

/** Who the parts of a cluster are, each with rights of its own and no more: only the user's kubeconfig is a master's. */
export interface Identities {
  readonly admin: Pair
  readonly apiServer: Pair
  /** How the API server shows itself to kubelets. */
  readonly apiServerToKubelet: Pair
  readonly controllerManager: Pair
  readonly scheduler: Pair
  readonly proxy: Pair
  /** What the kubelets' server shows. */
  readonly kubeletServer: Pair
  /** The key that signs service-account tokens, PEM. */
  readonly tokenKey: string
  node(name: string): Promise<Pair>
  /** Who sees pods and Services for all the nodes of one process, where they are several. */
  allNodes(): Promise<Pair>
}

/** Gets all identities from the authority, which makes those that are not there yet. `addresses`: where this machine is reached. */
export async function identities(authority: Authority, addresses: readonly string[]): Promise<Identities> {
  const hosts = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${network.domain}`,
    'localhost',
    hostname(),
    '127.0.0.1',
    network.apiServiceIp,
    ...addresses,
  ]
  const [admin, apiServer, apiServerToKubelet, controllerManager, scheduler, proxy, kubeletServer, tokenKey] = await Promise.all([
    authority.pair('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'] }),
    authority.pair('apiserver', { commonName: 'kube-apiserver', hosts }),
    authority.pair('apiserver-kubelet-client', { commonName: 'kube-apiserver-kubelet-client' }),
    authority.pair('controller-manager', { commonName: 'system:kube-controller-manager' }),
    authority.pair('scheduler', { commonName: 'system:kube-scheduler' }),
    authority.pair('proxy', { commonName: 'system:kube-proxy' }),
    authority.pair('kubelet', { commonName: 'kubelet', hosts: ['localhost', hostname(), '127.0.0.1', ...addresses] }),
    authority.key('sa'),
  ])
  const node = (name: string): Promise<Pair> =>
    authority.pair(`node-${name}`, { commonName: `system:node:${name}`, organizations: ['system:nodes'] })
  const allNodes = (): Promise<Pair> => authority.pair('nodes', { commonName: 'pinnace:nodes' })
  return { admin, apiServer, apiServerToKubelet, controllerManager, scheduler, proxy, kubeletServer, tokenKey, node, allNodes }
}

/** What a client needs to come as somebody. */
export const accessAs = (pair: Pair, port: number, ca: string): Omit<Access, 'token'> => ({
  server: `https://127.0.0.1:${port}`,
  ca,
  ...pair,
})
