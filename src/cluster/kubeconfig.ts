import { join } from 'node:path'
import { type Entry, kubeconfigText, readKubeconfig, writeKubeconfig } from '#client/kubeconfig.ts'
import { realClock } from '#machinery/clock.ts'
import { Authority } from './certificates.ts'

/** Where the administrator's kubeconfig of a data directory is. */
export const adminKubeconfig = (data: string): string => join(data, 'kubeconfig')

/** Writes the administrator's kubeconfig. */
export const writeAdminKubeconfig = (data: string, access: Entry['access']): Promise<void> =>
  writeKubeconfig(adminKubeconfig(data), [{ name: 'pinnace', user: 'kubernetes-admin', access }])

/**
 * A kubeconfig, as YAML, for a user and groups of one's choice, with a certificate that the cluster's authority issues now:
 * how a kubelet or another part gets the identity to run alone. Throws if there is no cluster in the directory.
 */
export async function kubeconfigFor(data: string, user: string, groups: readonly string[]): Promise<string> {
  const { server, ca } = await readKubeconfig(adminKubeconfig(data))
  const authority = await Authority.open(join(data, 'pki'), realClock)
  const pair = await authority.pair(`user-${user.replaceAll(/[^\w.-]/g, '-')}`, { commonName: user, organizations: groups })
  return kubeconfigText([{ name: 'pinnace', user, access: { server, ...(ca && { ca }), ...pair } }])
}
