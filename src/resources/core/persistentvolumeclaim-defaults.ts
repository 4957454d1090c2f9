import type { PersistentVolumeClaimSpec } from '#api/core/v1.ts'

/** Fills in what a claim leaves out, wherever one is written: on its own, in a pod's volume, in a stateful set. */
export function defaultPersistentVolumeClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem'
  spec.resources ??= {}
}
