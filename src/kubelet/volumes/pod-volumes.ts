import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Volume } from '#api/core/v1.ts'
import { volumeTypes } from './index.ts'
import type { Ready, Setting, VolumeType } from './volume.ts'

/** Why a volume could not be set up, in the words of upstream's FailedMount event. */
export class MountError extends Error {
  constructor(volume: string, cause: unknown) {
    super(`MountVolume.SetUp failed for volume "${volume}" : ${cause instanceof Error ? cause.message : cause}`, { cause })
    this.name = 'MountError'
  }
}

/** The volumes of one pod, under its directory. Everything is found on the disk: nothing is remembered. */
export class PodVolumes {
  readonly #root: string

  constructor(podDirectory: string) {
    this.#root = join(podDirectory, 'volumes')
  }

  /** Sets up every volume of the pod, or brings it up to date, and says where each lies. Throws a MountError. */
  async setUp(setting: Omit<Setting, 'directory'>): Promise<Map<string, Ready>> {
    const ready = new Map<string, Ready>()
    for (const volume of setting.pod.spec?.volumes ?? []) {
      try {
        const type = typeOf(volume)
        const directory = join(this.#root, type.directory, volume.name)
        ready.set(volume.name, await type.setUp(volume[type.member] as never, { ...setting, directory }))
      } catch (error) {
        throw new MountError(volume.name, error)
      }
    }
    return ready
  }

  /** Takes down whatever there is; safe to call twice. */
  async tearDown(): Promise<void> {
    for (const { directory, tearDown } of volumeTypes) {
      if (!tearDown) continue
      const names = await readdir(join(this.#root, directory)).catch(() => [])
      for (const name of names) await tearDown(join(this.#root, directory, name))
    }
    await rm(this.#root, { recursive: true, force: true })
  }
}

function typeOf(volume: Volume): VolumeType {
  const type = volumeTypes.find(({ member }) => volume[member])
  if (type) return type
  const member = Object.keys(volume).find(key => key !== 'name') ?? 'emptyDir'
  throw new Error(`volumes of type ${member} are not supported yet`)
}
