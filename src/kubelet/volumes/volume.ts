import type { Pod, Volume } from '#api/core/v1.ts'
import type { Place } from '#kubelet/container/fields.ts'
import type { Sources } from '#kubelet/node/sources.ts'

/** What a volume is set up with. */
export interface Setting {
  readonly pod: Readonly<Pod>
  /** The volume's own directory: exists only if the type makes it. */
  readonly directory: string
  readonly place: Place
  readonly sources: Sources
  /** ConfigMaps and Secrets may not be older than this. */
  readonly since: Date
  readonly token: TokenRequest
  readonly now: Date
}

/** Asks for a token of the pod's service account. */
export type TokenRequest = (audience: string | undefined, expirationSeconds: number) => Promise<string>

/** A volume that is there. */
export interface Ready {
  /** Where it lies on the host. */
  readonly path: string
  /** It cannot be written to, whatever the mount says. */
  readonly readOnly?: boolean
  /** When it should be set up again at the latest, because what is in it may have changed. */
  readonly againAt?: Date
}

/** One type of volume: the member of a Volume that it is called by, and what it does. */
export interface VolumeType<K extends keyof Volume = keyof Volume> {
  readonly member: K
  /** Its directory's name: `kubernetes.io~configmap`. */
  readonly directory: string
  /** Makes it so; doing it again brings it up to date. Throws what a FailedMount event says. */
  setUp(source: NonNullable<Volume[K]>, setting: Setting): Promise<Ready>
  /** Undoes what removing the directory would not. */
  tearDown?(directory: string): Promise<void>
}

/** For the registry: type K is known to the type alone. */
export const volumeType = <K extends keyof Volume>(type: VolumeType<K>): VolumeType => type as unknown as VolumeType

/** How long changes of ConfigMaps, Secrets and the pod itself may take to show in its volumes. */
export const refreshMs = 30_000
