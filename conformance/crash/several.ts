import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { EtcdCluster } from '../../hack/etcd.ts'
import { Api } from './api.ts'

/** API servers over one etcd, each in a directory below this one and with flags of its own, all started: all of them or, where that fails, none. */
export async function several(directory: string, etcd: EtcdCluster, flags: readonly (readonly string[])[]): Promise<Api[]> {
  const apis: Api[] = []
  try {
    for (const [at, own] of flags.entries()) {
      const data = join(directory, `${at}`)
      // All have one authority and one key for tokens, as kubeadm copies them from one to the others.
      if (at > 0) await cp(join(directory, '0', 'pki'), join(data, 'pki'), { recursive: true })
      const api = await Api.on(data, ['--etcd-servers', etcd.endpoints.join(','), ...own])
      apis.push(api)
      await api.start()
    }
    return apis
  } catch (error) {
    await Promise.all(apis.map(api => api.end()))
    throw error
  }
}
