import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dns, Mount } from '#kubelet/runtime.ts'

/** The /etc/resolv.conf of each pod: a file beside its sandbox, since a sandbox outside of Docker's networks gets none from it. */
export class ResolvConf {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  async write(sandboxId: string, dns: Dns): Promise<void> {
    await mkdir(this.#directory, { recursive: true })
    await writeFile(this.#file(sandboxId), resolvConf(dns))
  }

  /** How a container of the sandbox sees it: the host's own file, if the pod was given none. */
  async mount(sandboxId: string): Promise<Mount> {
    const own = this.#file(sandboxId)
    const hostPath = await access(own).then(
      () => own,
      () => '/etc/resolv.conf',
    )
    return { hostPath, containerPath: '/etc/resolv.conf' }
  }

  async remove(sandboxId: string): Promise<void> {
    await rm(this.#file(sandboxId), { force: true })
  }

  #file(sandboxId: string): string {
    return join(this.#directory, `${sandboxId}.resolv.conf`)
  }
}

/** DNS as a resolv.conf says it. */
export function resolvConf({ servers, searches, options }: Dns): string {
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...servers.map(server => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ]
  return `${lines.join('\n')}\n`
}
