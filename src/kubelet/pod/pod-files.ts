import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Pod, ServiceAccount } from '#api/core/v1.ts'
import type { Ground } from '#kubelet/ground.ts'
import { PodVolumes } from '#kubelet/volumes/pod-volumes.ts'
import { type Ready, refreshMs, type TokenRequest } from '#kubelet/volumes/volume.ts'

/** What one pod has on its node's disk: volumes, /etc/hosts, last words. Nothing at all where the node has no data directory. */
export class PodFiles {
  /** Undefined: no files are written. */
  readonly directory: string | undefined
  readonly #ground: Ground
  readonly #volumes: PodVolumes | undefined
  #isSetUp = false

  constructor(podUid: string, ground: Ground) {
    this.#ground = ground
    this.directory = ground.dataDir && join(ground.dataDir, 'pods', podUid)
    this.#volumes = this.directory === undefined ? undefined : new PodVolumes(this.directory)
  }

  /** Sets up the pod's volumes or brings them up to date, and says where they lie. Throws a MountError. */
  async setUp(pod: Readonly<Pod>): Promise<Map<string, Ready>> {
    const { clock, sources, hostIps, allocatable } = this.#ground
    const now = clock.now()
    const since = this.#isSetUp ? new Date(now.getTime() - refreshMs) : freshFor(pod)
    const place = { hostIps, podIps: [], allocatable }
    const volumes = await this.#volumes?.setUp({ pod, place, sources, since, now, token: tokenRequest(pod, this.#ground) })
    this.#isSetUp = true
    return volumes ?? new Map()
  }

  /** Takes the volumes down; the rest stays, for the logs' sake. */
  async tearDown(): Promise<void> {
    await this.#volumes?.tearDown()
  }

  async remove(): Promise<void> {
    await this.tearDown()
    if (this.directory) await rm(this.directory, { recursive: true, force: true })
  }
}

/** A new pod must see what was written before it was made; its time of creation is in whole seconds. */
export const freshFor = ({ metadata }: Readonly<Pod>): Date =>
  new Date((Date.parse(metadata.creationTimestamp ?? '') || 0) + 1000)

const tokenRequest =
  ({ metadata, spec }: Readonly<Pod>, { client }: Ground): TokenRequest =>
  async (audience, expirationSeconds) => {
    const { namespace = '', name, uid } = metadata
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid }
    const { status } = await client.post<{ status: { token: string } }>(
      ServiceAccount,
      { namespace, name: spec?.serviceAccountName || 'default' },
      'token',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { ...(audience && { audiences: [audience] }), expirationSeconds, boundObjectRef },
      },
    )
    return status.token
  }
