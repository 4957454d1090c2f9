import { hostname } from 'node:os'
import type { Access } from '#client/transport.ts'
import type { Authority } from './certificates.ts'
import { network } from './network.ts'
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
}

/** Who the parts are, and whom their certificates name. */
export const subjects = {
  controllerManager: { commonName: 'system:kube-controller-manager' },
  scheduler: { commonName: 'system:kube-scheduler' },
  proxy: { commonName: 'system:kube-proxy' },
  node: (name: string) => ({ commonName: `system:node:${name}`, organizations: ['system:nodes'] }),
  /** Who sees pods and Services for all the nodes of one process, where they are several. */
  allNodes: { commonName: 'pinnace:nodes' },
} as const

/** How the servers of this machine are called by those who come to them. */
export interface Reached {
  /** Where this machine is reached from elsewhere. */
  readonly addresses: readonly string[]
  /** The address of the Service `kubernetes`. */
  readonly serviceIp: string
}

/** Gets all identities from the authority, which makes those that are not there yet. */
export async function identities(authority: Authority, { addresses, serviceIp }: Reached): Promise<Identities> {
  const hosts = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${network.domain}`,
    'localhost',
    hostname(),
    '127.0.0.1',
    serviceIp,
    ...addresses,
  ]
  const [admin, apiServer, apiServerToKubelet, controllerManager, scheduler, proxy, kubeletServer, tokenKey] = await Promise.all([
    authority.pair('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'] }),
    authority.pair('apiserver', { commonName: 'kube-apiserver', hosts }),
    authority.pair('apiserver-kubelet-client', { commonName: 'kube-apiserver-kubelet-client' }),
    authority.pair('controller-manager', subjects.controllerManager),
    authority.pair('scheduler', subjects.scheduler),
    authority.pair('proxy', subjects.proxy),
    authority.pair('kubelet', { commonName: 'kubelet', hosts: ['localhost', hostname(), '127.0.0.1', ...addresses] }),
    authority.key('sa'),
  ])
  return { admin, apiServer, apiServerToKubelet, controllerManager, scheduler, proxy, kubeletServer, tokenKey }
}

/** What a client needs to come as somebody. */
export const accessAs = (pair: Pair, port: number, ca: string): Omit<Access, 'token'> => ({
  server: `https://127.0.0.1:${port}`,
  ca,
  ...pair,
})
